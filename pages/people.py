"""Class: the teacher's view of all students, and for a student who they are. Of a class only."""

from __future__ import annotations

from pages.components.people import student, teacher
from pages.components.server.visitor import visitor


def main() -> None:
    """The page."""
    person = visitor()
    (teacher if person.is_teacher else student).show(person)


main()
