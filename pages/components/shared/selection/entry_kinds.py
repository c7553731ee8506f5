"""The kinds of entries that a workspace holds: what each is called, and how what says what it is is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pages.components.shared.selection.run_names import name_and_time
from pages.components.shared.selection.selection import read_summary
from pages.components.shared.text import isolated
from tlcore import system
from tlcore.data.dataset import Dataset
from tlcore.errors import GraftError, printable
from tlcore.records import MalformedJson
from tlcore.runs import external_test, run_records
from tlcore.runs.batches import batch
from tlcore.runs.experiments import experiment
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

UNREADABLE = (OSError, MalformedJson, GraftError)


@dataclass(frozen=True)
class EntryKind:
    """One kind.

    Attributes:
        one: what one entry is called, and `many` several of them.
        file: the file without which a folder is none.
        read: reads it, given the entry's folder; raises one of `UNREADABLE`.
        name: what that says people call the entry.
    """

    one: str
    many: str
    file: str
    read: Callable[[Path], Any]
    name: Callable[[Any], str] = lambda record: str(record.name)


# By the folder that they lie in.
KINDS = {
    "datasets": EntryKind(
        "data set", "data sets", "manifest.json", lambda folder: read_summary(Dataset(folder))
    ),
    "runs": EntryKind("run", "runs", "config.json", lambda folder: Run(folder).config(), lambda config: ""),
    "experiments": EntryKind(
        "experiment",
        "experiments",
        experiment.FILE,
        lambda folder: experiment.RECORD.read(folder / experiment.FILE),
        lambda record: str(record.asked.name),
    ),
    "batches": EntryKind(
        "batch", "batches", batch.FILE, lambda folder: batch.ASKED.read(folder / batch.FILE)
    ),
    "tests": EntryKind(
        "test",
        "tests",
        external_test.FILE,
        lambda folder: external_test.OUTCOME.read(folder / external_test.FILE),
    ),
}


def kind_of(folder: Path) -> EntryKind:
    """The kind of the entry in a folder of the workspace."""
    return KINDS[folder.parent.name]


def read_failure(folder: Path) -> str:
    """Why the entry in `folder` cannot be read; "" where it can, and where there is none (yet)."""
    kind = kind_of(folder)
    if not exists(folder / kind.file):
        return ""
    try:
        kind.read(folder)
    except OSError as error:
        return f"{kind.file}: {error.strerror or error}."
    except MalformedJson as error:
        return f"{kind.file}: {error}."
    except GraftError as error:
        return str(error)
    return ""


def exists(file: Path) -> bool:
    """Whether anything has that name, be it a link to itself."""
    try:
        file.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # in a folder that nobody may look into, say
        return True
    return True


def entry_name(kind: EntryKind, folder: Path, id: str) -> str:
    """What people know an entry by, as Markdown: its name, or its folder's where it cannot be read.

    Args:
        id: what its folder is called while it is not in the trash.
    """
    try:
        name = kind.name(kind.read(folder)) or _run_name(folder, id)
    except UNREADABLE:
        name = id
    return isolated(printable(name, 60))


def _run_name(folder: Path, id: str) -> str:
    name, when = name_and_time(id)
    return " · ".join(filter(None, (run_records.read_notes(folder).name or name, when)))


def unreadable_entries(name: str) -> list[tuple[Path, str]]:
    """The entries of one kind, by the folder that they lie in, that cannot be read, each with the reason."""
    try:
        folders = sorted(Workspace().root.joinpath(name).iterdir())
    except OSError:
        return []  # the page says so itself, where it matters
    named = [folder for folder in folders if system.is_text(folder.name)]  # of others their page says so
    return [(folder, why) for folder in named if (why := read_failure(folder))]
