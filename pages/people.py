"""Class or Account: the teacher's view of all students, and for others who they are and how they leave.

Of a server of several people only.
"""

from __future__ import annotations

from pages.components.people import myself, teacher
from pages.components.server.visitor import visitor


def main() -> None:
    """The page."""
    person = visitor()
    (teacher if person.is_teacher else myself).show(person)


main()
