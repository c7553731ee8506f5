"""A class: one teacher, a code with which students join, and so many seats.

`python -m tlcore classroom` opens it and serves the pages; `join` is behind the page that asks for code and
name. What students have is in their workspaces, so a server that is started again goes on where it was.
"""

from __future__ import annotations

import hmac
import secrets
import time
from pathlib import Path

import msgspec

from tlcore import system
from tlcore.errors import WorkspaceError
from tlcore.people import register
from tlcore.people.register import Person
from tlcore.records import JsonType
from tlcore.workspace.home import PEOPLE, shared_home
from tlcore.workspace.refusals import writing

DOOR = "/graft/join"  # where people come in
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # without those that are taken for others
CODE_LENGTH = 6
MOST_STUDENTS = 200
WRONG_SECONDS = 60.0  # in which so many wrong codes are answered
MOST_WRONG, MOST_WRONG_OF_ALL = 10, 600  # from one address, and from all: 31⁶ codes would take three years


class Classroom(msgspec.Struct, frozen=True):
    """The class of this server.

    Attributes:
        code: what students type to join.
        seats: how many may.
        url: of the server, as students reach it.
        is_open: nobody joins a class that is not.
    """

    code: str
    seats: int
    url: str
    is_open: bool = True

    @property
    def join_link(self) -> str:
        """The address at which students join, with the code in it."""
        return f"{self.url}{DOOR}?code={self.code}"

    def pass_link(self, person: Person) -> str:
        """A new address that lets a person in. Whoever has it is that person."""
        return f"{self.url}{DOOR}?pass={register.issue_pass(person)}"


_CLASSROOM = JsonType(Classroom)


def read() -> Classroom | None:
    """The class of this server; None where there is none."""
    return _CLASSROOM.read_or(_file(), None)


def open_class(seats: int, url: str) -> Classroom:
    """Go on with the class of this workspace, with so many seats and at this address, or begin one.

    Raises:
        WorkspaceError: nobody can write there.
    """
    before = read()
    code = before.code if before else "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
    made = Classroom(code, seats, url, before.is_open if before else True)
    write(made)
    return made


def write(classroom: Classroom) -> None:
    """Store the class."""
    with writing():
        _file().parent.mkdir(parents=True, exist_ok=True)
        system.write_atomic(_file(), msgspec.json.encode(classroom) + b"\n", private=True)


def set_open(is_open: bool) -> None:
    """Let students join, or not."""
    if made := read():
        write(msgspec.structs.replace(made, is_open=is_open))


def teacher() -> Person:
    """The teacher, who is there from the beginning."""
    known = next((person for person in register.everybody() if person.is_teacher), None)
    return known or register.add("Teacher", is_teacher=True)


def students() -> list[Person]:
    """Those who have joined."""
    return [person for person in register.everybody() if not person.is_teacher]


class Entrance:
    """Lets students in; counts wrong codes, so that nobody can try them all."""

    def __init__(self) -> None:
        self._wrong: list[tuple[float, str]] = []
        self._by_form: dict[str, str] = {}  # who has joined with it, by id

    def join(self, code: str, name: str, sender: str = "", form: str = "") -> Person:
        """A new student.

        Args:
            sender: the address of their device.
            form: a secret of the form that they sent: whoever presses Join twice takes one seat.

        Raises:
            WorkspaceError: the code is wrong, the class is full or shut, or the name is empty.
        """
        now = time.monotonic()
        self._wrong = [(moment, who) for moment, who in self._wrong if moment > now - WRONG_SECONDS]
        of_sender = sum(who == sender for _, who in self._wrong)
        if of_sender >= MOST_WRONG or len(self._wrong) >= MOST_WRONG_OF_ALL:
            raise WorkspaceError("Too many wrong codes were typed.", remedy="Wait a minute, then try again.")
        classroom = read()
        if classroom is None or not classroom.is_open:
            raise WorkspaceError("This class is not open.", remedy="Ask your teacher.")
        typed = "".join(code.upper().split())
        if not hmac.compare_digest(typed.encode(), classroom.code.encode()):
            self._wrong.append((now, sender))
            raise WorkspaceError("That is not the code of this class.", remedy="Ask your teacher for it.")
        with system.file_lock(_file().with_suffix(".lock")):
            if form and (known := register.read(self._by_form.get(form, ""))):
                return known
            if len(students()) >= classroom.seats:
                remedy = "Ask your teacher, who can start the class with more seats."
                raise WorkspaceError("All seats of this class are taken.", remedy=remedy)
            person = register.add(name)
            self._by_form[form] = person.id
            return person


def _file() -> Path:
    return shared_home() / PEOPLE / "classroom.json"
