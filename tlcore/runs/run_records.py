"""Small records in a run's folder, beside what it needs or makes: its name and star, its speed, its results.

`notes.json` is there once somebody has named the run, `speed.json` once somebody has measured it; the results
are the part of `report.json` that lists of many runs show. A missing or spoiled file is the same as none.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from tlcore import system
from tlcore.characters import on_one_line
from tlcore.errors import RunError
from tlcore.records import JsonType
from tlcore.workspace.refusals import writing

NOTES_FILE, SPEED_FILE = "notes.json", "speed.json"
LONGEST_NAME = 80  # characters


class Notes(msgspec.Struct, frozen=True):
    """A name to tell the run by ("": it has none of its own), and whether it is a favourite."""

    name: str = ""
    starred: bool = False


class ModelSpeed(msgspec.Struct, frozen=True):
    """Milliseconds for one example on this machine, with reading it and without; parameters of the model."""

    milliseconds: float
    milliseconds_model: float
    parameters: int


class TestScore(msgspec.Struct, frozen=True):
    """The score on the test examples; `interval`: 95 %, Wilson."""

    n: int
    accuracy: float
    interval: tuple[float, float]


class RunSummary(msgspec.Struct, frozen=True):
    """The part of `report.json` that lists show."""

    test: TestScore
    validation_accuracy: float
    epochs: int
    best_epoch: int


NO_NOTES = Notes()
SPEED = JsonType(ModelSpeed)
_NOTES, _SUMMARY = JsonType(Notes), JsonType(RunSummary)


def read_notes(folder: Path) -> Notes:
    """The notes on the run in `folder`; empty ones when there are none that can be used."""
    try:
        notes = _NOTES.read_or(folder / NOTES_FILE, NO_NOTES)
        return msgspec.structs.replace(notes, name=valid_name(notes.name))
    except RunError:
        return NO_NOTES


def write_notes(folder: Path, notes: Notes) -> None:
    """Keep `notes` on the run in `folder`.

    Raises:
        RunError: the name cannot be one, or the run is gone.
    """
    notes = msgspec.structs.replace(notes, name=valid_name(notes.name))
    if not folder.is_dir():
        raise RunError("This run is not there any more.", received=folder.name)
    with writing():
        system.write_atomic(folder / NOTES_FILE, msgspec.json.encode(notes) + b"\n")


def valid_name(name: str) -> str:
    """`name` without spaces around it.

    Raises:
        RunError: it is too long, or holds characters that show nothing or turn the text around it.
    """
    name = name.strip()
    if len(name) > LONGEST_NAME:
        raise RunError(
            f"A name has at most {LONGEST_NAME} characters, and this one has {len(name)}.",
            received=name,
            remedy="Shorten it.",
        )
    if on_one_line(name) != name:
        raise RunError(
            "A name is one line of visible characters.", received=name, remedy="Leave the others out."
        )
    return name


def read_speed(folder: Path) -> ModelSpeed | None:
    """The speed of the run in `folder`; None when nobody has measured it, or the file cannot be read."""
    return SPEED.read_or(folder / SPEED_FILE, None)


def write_speed(folder: Path, speed: ModelSpeed) -> None:
    system.write_atomic(folder / SPEED_FILE, msgspec.json.encode(speed) + b"\n")


def read_summary(folder: Path) -> RunSummary | None:
    """The results of the run in `folder`; None when it has no report, none that this version reads, or one of
    no examples, as a model from elsewhere has until it is tested.
    """
    found = _SUMMARY.read_or(folder / "report.json", None)
    return found if found and found.test.n else None
