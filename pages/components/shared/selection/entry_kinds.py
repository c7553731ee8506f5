"""The kinds of entries in a workspace: the name of each kind, and the file that describes an entry."""

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
        one: the word for one entry; `many`: for several.
        file: the file that makes a folder an entry.
        read: reads that file, given the entry's folder; raises one of `UNREADABLE`.
        name: the entry's name in what `read` returns; "" for none.
    """

    one: str
    many: str
    file: str
    read: Callable[[Path], Any]
    name: Callable[[Any], str] = lambda record: str(record.name)


# By the folder of the workspace that holds them.
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
    """The reason why the entry in `folder` cannot be read; "" if it can be, or if there is none (yet)."""
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
    """Whether anything has that name, even a link to itself."""
    try:
        file.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # for example in a folder that may not be read
        return True
    return True


def entry_name(kind: EntryKind, folder: Path, id: str) -> str:
    """The name of an entry as Markdown; the name of its folder if the entry cannot be read.

    Args:
        id: the name of its folder outside the trash.
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
    """The unreadable entries in one folder of the workspace, each with the reason."""
    try:
        folders = sorted(Workspace().root.joinpath(name).iterdir())
    except OSError:
        return []  # the page reports it where it matters
    named = [folder for folder in folders if system.is_text(folder.name)]  # pages warn of the others
    return [(folder, why) for folder in named if (why := read_failure(folder))]
