"""Graft's own folders, left out where they lie among a person's data.

Without this rule the stored copies in a workspace below the pictures would become a class of their own. A
folder is ours by what it holds, wherever it lies and whatever it is called: the status of a job (which a data
set, run, experiment, batch and test has), a finished data set or run, or the folders of a workspace. That of
today is known by its path as well.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import msgspec

from tlcore.data import text_store
from tlcore.data.files.source import FileEntry, FileSource
from tlcore.errors import DataError
from tlcore.records import JsonType, MalformedJson
from tlcore.workspace import Workspace

# Stands in manifests: its words stay.
OWN_FOLDER = "Graft itself keeps this folder: a workspace, data set, run or batch. It is left out."
STATUS = "status.json"
MOST_STATUS = 100_000  # bytes that are read to tell whether a file is a job's status
HOLDING_JOBS = {"datasets", "runs", "experiments", "batches"}
OF_WORKSPACE = HOLDING_JOBS | {"backbones", "cache", "people", "queue", "trash", "tracking"}
OF_CACHE = {"features", "engines", "weights", "uploads", "rates", "measure"}
FINISHED = (
    {"manifest.json", "files", "thumbs"},
    *({"manifest.json", name} for name in text_store.FILES),
    {"config.json", "labels.json", "model.keras"},
)


class _JobStatus(msgspec.Struct):
    """Fields that tell a job's status from any other file of that name."""

    state: str
    attempt: int
    pid: int
    started: float


JOB_STATUS = JsonType(_JobStatus)


class Tree(Protocol):
    """A tree of folders; paths have "/" between their parts, and "" is the top."""

    def names(self, folder: str) -> set[str]:
        """The files and folders in it; none where there is no such folder."""

    def status(self, folder: str) -> bytes:
        """The content of its `status.json`; b"" where it cannot be read."""

    def is_current_workspace(self, folder: str) -> bool: ...


class DiskTree:
    """The folders below `top`."""

    def __init__(self, top: Path) -> None:
        self._top, self._home = top, Workspace().root.resolve()

    def names(self, folder: str) -> set[str]:
        try:
            return set(os.listdir(self._top / folder))
        except OSError:
            return set()

    def status(self, folder: str) -> bytes:
        file = self._top / folder / STATUS
        try:
            return file.read_bytes() if file.is_file() and file.stat().st_size <= MOST_STATUS else b""
        except OSError:
            return b""

    def is_current_workspace(self, folder: str) -> bool:
        return (self._top / folder).resolve() == self._home


class ArchiveTree:
    """The folders that the entries of an archive lie in."""

    def __init__(self, entries: Iterable[FileEntry]) -> None:
        self.folders: defaultdict[str, set[str]] = defaultdict(set)
        self._statuses: dict[str, FileEntry] = {}
        for entry in entries:
            path = entry.name
            while path:
                folder, _, name = path.rpartition("/")
                self.folders[folder].add(name)
                path = folder
            folder, _, name = entry.name.rpartition("/")
            if name == STATUS:
                self._statuses[folder] = entry

    def names(self, folder: str) -> set[str]:
        return self.folders.get(folder, set())

    def status(self, folder: str) -> bytes:
        entry = self._statuses.get(folder)
        try:
            return entry.read() if entry and entry.size <= MOST_STATUS else b""
        except DataError:  # it is damaged: whoever reads the pictures will hear of it
            return b""

    def is_current_workspace(self, folder: str) -> bool:
        return False


def is_own(tree: Tree, folder: str) -> bool:
    """True if this program wrote that folder of the tree."""
    parent, _, name = folder.rpartition("/")
    return (
        holds_job(tree, folder)
        or (name in OF_WORKSPACE and _is_workspace(tree, parent))
        or (not _visible(tree, folder) - OF_WORKSPACE and _is_workspace(tree, folder))
    )


def holds_job(tree: Tree, folder: str) -> bool:
    """True if a job or its result lies in that folder."""
    names = tree.names(folder)
    return any(kind <= names for kind in FINISHED) or (STATUS in names and is_job_status(tree.status(folder)))


def is_job_status(content: bytes) -> bool:
    try:
        JOB_STATUS.decode(content)
    except MalformedJson:
        return False
    return True


def _is_workspace(tree: Tree, folder: str) -> bool:
    if tree.is_current_workspace(folder):
        return True
    front = f"{folder}/" if folder else ""
    found = tree.names(folder) & OF_WORKSPACE
    if len(found) > 1 and tree.names(f"{front}cache") & OF_CACHE:
        return True
    jobs = (f"{front}{kind}/{name}" for kind in found & HOLDING_JOBS for name in tree.names(front + kind))
    return any(holds_job(tree, job) for job in jobs)


def _visible(tree: Tree, folder: str) -> set[str]:
    return {name for name in tree.names(folder) if not name.startswith(".")}


def skip_own_folders(source: FileSource) -> None:
    """Move what lies in folders of ours from the entries of an archive to the skipped, one line each.

    Raises:
        DataError: the archive is such a folder as a whole.
    """
    tree = ArchiveTree(source.entries)
    check_top(tree, source.name)
    own: set[str] = set()
    for folder in sorted(tree.folders, key=lambda folder: folder.count("/")):
        parent = folder.rpartition("/")[0]
        if folder and (parent in own or is_own(tree, folder)):
            own.add(folder)
            if parent not in own:
                source.skip(folder, OWN_FOLDER)
    if own:
        source.keep_only(lambda entry: entry.name.rpartition("/")[0] not in own)


def check_top(tree: Tree, name: object) -> None:
    """Refuse a source that is a folder of ours as a whole.

    Raises:
        DataError: it is.
    """
    if holds_job(tree, ""):
        raise DataError(
            "This is a folder of Graft's own: a data set, run or batch.",
            received=name,
            remedy="Choose the folder that your examples came from.",
        )
