"""The people of a server: a folder for each, which is their workspace, with who they are in `person.json`.

A browser proves who its person is with a *pass*: the person's id and a secret that was handed out once, with
the moment at which it ends. Only a hash of the two is stored, so nobody who reads the folder can
come in with what they find, and nobody moves the end.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from tlcore import system
from tlcore.data.names import clean_text
from tlcore.errors import WorkspaceError
from tlcore.records import JsonType
from tlcore.workspace.home import PEOPLE, home_of, shared_home
from tlcore.workspace.refusals import list_folder, writing

FILE = "person.json"
LONGEST_NAME = 40  # characters
PASS_DAYS = 30  # a class of a term gets through its holidays, and a lent computer does not stay open for ever
MOST_PASSES = 5  # browsers that one person may be signed in with
_ID = re.compile(r"[a-z0-9]{8,40}")


class Person(msgspec.Struct, frozen=True):
    """Somebody who works on this server.

    Attributes:
        id: of the person and of their folder.
        name: as they gave it, cleaned; two may have the same.
        since: when they came first, in seconds since 1970.
        is_teacher: they see everybody's results and may put everything back.
        passes: hashes of the secrets with which they may come in.
    """

    id: str
    name: str
    since: float
    is_teacher: bool = False
    passes: tuple[str, ...] = ()

    @property
    def home(self) -> Path:
        """Their workspace."""
        return home_of(self.id)


_PERSON = JsonType(Person)


def add(name: str, id: str = "", is_teacher: bool = False) -> Person:
    """A new person, with a workspace of their own.

    Args:
        id: where they have one already, elsewhere; else it is made.

    Raises:
        WorkspaceError: the name is empty, or the folder cannot be written.
    """
    shown = clean_name(name)
    if not shown:
        raise WorkspaceError("A name is missing.", remedy="Type your name.")
    person = Person(id or secrets.token_hex(6), shown, time.time(), is_teacher)
    _write(person)
    return person


def clean_name(name: str) -> str:
    """A name as it is shown, on one line; "" where nothing is left of it."""
    return clean_text(" ".join(name[: 10 * LONGEST_NAME].split()))[:LONGEST_NAME].strip()


def come(id: str, name: str) -> Person:
    """The person of that id, made when they come first, with the name that they have now.

    Raises:
        WorkspaceError: as for `add`.
    """
    with system.file_lock(_locks() / f"{id}.lock"):
        known = read(id)
        if known is None:
            return add(name, id)
        if (shown := clean_name(name)) not in ("", known.name):
            known = msgspec.structs.replace(known, name=shown)
            _write(known)
        return known


def issue_pass(person: Person, until: float | None = None) -> str:
    """A new pass for a browser of this person; where there are too many, the oldest is forgotten.

    Args:
        until: when it ends, in seconds since 1970; None: after `PASS_DAYS`.

    Raises:
        WorkspaceError: the person was removed.
    """
    until = time.time() + PASS_DAYS * 24 * 3600 if until is None else until
    secret = f"{secrets.token_urlsafe(24)}.{math.floor(until)}"
    with system.file_lock(_locks() / f"{person.id}.lock"):
        current = read(person.id)
        if current is None:
            raise WorkspaceError("This person is not here any more.", received=person.name)
        kept = (*current.passes, _hash(secret))[-MOST_PASSES:]
        _write(msgspec.structs.replace(current, passes=kept))
    return f"{person.id}.{secret}"


def find(pass_: str) -> Person | None:
    """The person whose pass this is; None where it is nobody's, was taken back or has ended."""
    id, _, secret = pass_.partition(".")
    person = read(id)
    if person is None:
        return None
    mine = _hash(secret)
    is_theirs = any([hmac.compare_digest(mine, known) for known in person.passes])
    return person if is_theirs and not _has_ended(secret) else None


def read(id: str) -> Person | None:
    """The person of that id; None where there is none."""
    return _PERSON.read_or(home_of(id) / FILE, None) if _ID.fullmatch(id) else None


def everybody() -> list[Person]:
    """All people of this server, in the order in which they came."""
    found = (read(folder.name) for folder in list_folder(shared_home() / PEOPLE))
    return sorted((person for person in found if person), key=lambda person: (person.since, person.id))


def take_back(pass_: str) -> None:
    """Sign a person out in the browser that has this pass."""
    id, _, secret = pass_.partition(".")
    _keep_passes(id, lambda known: known != _hash(secret))


def take_back_all(person: Person) -> None:
    """Sign a person out in all browsers."""
    _keep_passes(person.id, lambda _: False)


def _keep_passes(id: str, is_kept: Callable[[str], bool]) -> None:
    if read(id) is None:
        return
    with system.file_lock(_locks() / f"{id}.lock"):
        if current := read(id):
            _write(msgspec.structs.replace(current, passes=tuple(filter(is_kept, current.passes))))


def _write(person: Person) -> None:
    with writing():
        person.home.mkdir(parents=True, exist_ok=True)
        system.write_atomic(person.home / FILE, msgspec.json.encode(person) + b"\n", private=True)


def _has_ended(secret: str) -> bool:
    """Of a secret that was handed out here: another one may say anything."""
    end = secret.partition(".")[2]
    return bool(end) and int(end) <= time.time()


def _locks() -> Path:
    folder = shared_home() / "queue" / PEOPLE
    with writing():
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
