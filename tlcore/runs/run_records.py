"""What a person wrote on a run: a name and a star, as `notes.json` in its folder.

No part of what a run needs or makes: the file is there once somebody has written something, and a missing or
spoiled one is the same as none.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from tlcore import system
from tlcore.characters import on_one_line
from tlcore.errors import RunError
from tlcore.records import JsonType
from tlcore.refusals import writing

FILE = "notes.json"
LONGEST = 80  # characters of a name


class Notes(msgspec.Struct, frozen=True):
    """A name to tell the run by ("": it has none of its own), and whether it is a favourite."""

    name: str = ""
    starred: bool = False


NONE = Notes()
_NOTES = JsonType(Notes)


def read(folder: Path) -> Notes:
    """The notes on the run in `folder`; empty ones when there are none that can be used."""
    try:
        notes = _NOTES.read_or(folder / FILE, NONE)
        return msgspec.structs.replace(notes, name=checked(notes.name))
    except RunError:
        return NONE


def write(folder: Path, notes: Notes) -> None:
    """Keep `notes` on the run in `folder`.

    Raises:
        RunError: the name cannot be one, or the run is gone.
    """
    notes = msgspec.structs.replace(notes, name=checked(notes.name))
    if not folder.is_dir():
        raise RunError("This run is not there any more.", received=folder.name)
    with writing():
        system.write_atomic(folder / FILE, msgspec.json.encode(notes) + b"\n")


def checked(name: str) -> str:
    """`name` without spaces around it.

    Raises:
        RunError: it is too long, or holds characters that show nothing or turn the text around it.
    """
    name = name.strip()
    if len(name) > LONGEST:
        raise RunError(
            f"A name has at most {LONGEST} characters, and this one has {len(name)}.",
            received=name,
            remedy="Shorten it.",
        )
    if on_one_line(name) != name:
        raise RunError(
            "A name is one line of visible characters.", received=name, remedy="Leave the others out."
        )
    return name
