"""The workspace on disk: its folders, their limits, its trash.

`GRAFT_HOME` (default `./workspace`) holds `datasets/`, `runs/`, `backbones/`, `experiments/`, `cache/`,
`queue/` and `trash/`, to which all goes first that a person deletes. Only below it does Graft write; deleting
`cache/` loses time, nothing else. Of several people each has such a workspace (`home.py`).
"""

from __future__ import annotations

import contextlib
import re
import secrets
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path

from tlcore import system
from tlcore.errors import WorkspaceError
from tlcore.workspace import backbone_store, limits, trash
from tlcore.workspace.home import home, is_shared, shared_home
from tlcore.workspace.limits import OF_PERSON, PERSON_GB, bytes_in_words, check_free, gigabytes
from tlcore.workspace.refusals import unwritable, writing

RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
UNDER_WAY = 3600.0  # seconds during which a file in `uploads` may still be wanted


class Workspace:
    """The folders of one workspace. Creating the object touches nothing; asking for a folder creates it."""

    def __init__(self, root: Path | str | None = None) -> None:
        self.root = Path(root).absolute() if root else home()
        self._is_named = bool(root)

    @property
    def shared(self) -> Workspace:
        """That of all people of a server, for features, weights, speeds and the queue; else this one."""
        return self if self._is_named else Workspace(shared_home())

    def folder(self, *parts: str) -> Path:
        """A folder below the root, created when missing.

        Raises:
            WorkspaceError: the path leaves the workspace or cannot be written.
        """
        path = self.root.joinpath(*parts)
        self.check_inside(path)
        if not system.is_text(str(path)):
            raise WorkspaceError("The path of the workspace is no UTF-8: set GRAFT_HOME.", received=path)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(path) from error
        return path

    def _looked_into(self, name: str) -> Path:
        """A folder that is listed: where it cannot be made there is nothing in it, and that can be shown."""
        try:
            return self.folder(name)
        except WorkspaceError:
            self.check_inside(self.root / name)
            return self.root / name

    @property
    def datasets(self) -> Path:
        return self._looked_into("datasets")

    @property
    def runs(self) -> Path:
        return self._looked_into("runs")

    @property
    def experiments(self) -> Path:
        """Experiments that pages started; their runs are among `runs`."""
        return self._looked_into("experiments")

    @property
    def batches(self) -> Path:
        """Answers to many inputs at once; the last few batches are kept."""
        return self._looked_into("batches")

    @property
    def cache(self) -> Path:
        return self._looked_into("cache")

    @property
    def queue(self) -> Path:
        return self.folder("queue")

    @property
    def uploads(self) -> Path:
        """Files on their way in: uploads not yet imported, pictures waiting for an answer."""
        return self.folder("cache", "uploads")

    def check_inside(self, path: Path) -> None:
        """Refuse a path outside the root, also one that leads out through a link."""
        if not self._is_inside(path):
            raise WorkspaceError("That path is outside the workspace.", received=path)

    def _is_inside(self, path: Path) -> bool:
        try:
            return path.resolve().is_relative_to(self.root.resolve())
        except (OSError, RuntimeError, ValueError):  # links in a circle, no name for a file
            return False

    def find(self, kind: str, name: str) -> Path | None:
        """The folder of the data set, run or experiment called `name` (from an address bar, say).

        None when there is no such name, or it is a link that leads out of the workspace.
        """
        if name in ("", "..") or name != Path(name).name:
            return None
        path = self.root / kind / name
        try:
            return path if self._is_inside(path) and path.is_dir() else None
        except (OSError, ValueError):  # longer than any name there can be, or with a NUL
            return None

    def check_room(self, needed: int, where: Path | None = None, on_disk: int | None = None) -> None:
        """Refuse before the disk or the workspace is full rather than after. The trash gives way first.

        Args:
            where: an existing folder where `needed` bytes are to go; None for the workspace's.
            on_disk: bytes that are new on the disk, where another person's copy holds the rest.

        Raises:
            WorkspaceError: fewer than `needed` bytes are free above the reserve, or it would hold more than
                `GRAFT_WORKSPACE_GB`; the workspace of one person among several: than `GRAFT_PERSON_GB`.
        """
        where = where or self.folder()
        new = needed if on_disk is None else on_disk
        self.check_disk(new, where)
        if not self._is_inside(where):
            return
        if is_shared() and not self._is_named:
            self._check_limit(needed, self.root, OF_PERSON, PERSON_GB)
        self._check_limit(new, self.shared.root, "GRAFT_WORKSPACE_GB")

    def _check_limit(self, needed: int, folder: Path, variable: str, default: float | None = None) -> None:
        """Refuse what would make a folder that holds this workspace larger than a variable says."""
        if (most := gigabytes(variable, default)) is None:
            return
        self._give_way(lambda: system.folder_bytes(folder) + needed <= most)
        if (held := system.folder_bytes(folder)) + needed > most:
            raise WorkspaceError(
                f"{'Your' if default else 'The'} workspace is full: it holds {bytes_in_words(held)} of the "
                f"{bytes_in_words(most)} that it may, and {bytes_in_words(needed)} more are needed.",
                remedy=f"Delete data sets or runs that are done with, or have {variable} set to more.",
            )

    def check_disk(self, needed: int, where: Path) -> None:
        """Refuse before the disk is full. The trash gives way first.

        Raises:
            WorkspaceError: fewer than `needed` bytes are free above the reserve on the disk of that folder.
        """
        self._give_way(lambda: needed + limits.KEEP_FREE <= system.free_bytes(where))
        check_free(needed, where)

    def _give_way(self, fits: Callable[[], bool]) -> None:
        """Delete for good what was discarded longest ago, until it fits."""
        places = {self.root, self.shared.root}
        for item in reversed([item for place in places for item in trash.trash_items(place)]):
            if fits():
                return
            trash.remove(item.folder)
            backbone_store.sweep(self.root)

    def discard(self, folder: Path) -> Path:
        """Move a data set, run or cache folder to the trash; returns where it lies, for `restore`.

        Raises:
            WorkspaceError: it is gone, outside the workspace, in use (on Windows), or nobody may write there.
        """
        self.check_inside(folder)
        self.folder(trash.FOLDER)
        with writing():
            target = trash.put(self.root, folder)
        self.empty_trash(trash.DAYS)
        return target

    def restore(self, discarded: Path) -> Path:
        """Undo `discard`.

        Raises:
            WorkspaceError: it is gone from the trash, its place is taken, or what it belongs to is gone.
        """
        self.check_inside(discarded)
        with writing():
            target = trash.place_of(self.root, discarded)
            self.check_inside(target)
            bare = target.is_dir() and not (target / "manifest.json").exists()
            if target.parent == self.root / "datasets" and bare:
                self.discard(target)  # no data set: what somebody wrote who did not know that it was deleted
            trash.take_back(discarded, target)
        return target

    def empty_cache(self) -> None:
        """Delete all that can be computed or fetched again; files on their way in stay for an hour."""
        moment = time.time() - UNDER_WAY
        for item in [*self.uploads.iterdir(), *self.cache.iterdir()]:
            with contextlib.suppress(OSError):  # gone already, or in use (on Windows)
                is_wanted = item.parent == self.uploads and item.stat().st_mtime > moment
                if item != self.uploads and not is_wanted:
                    trash.remove(item)

    def empty_trash(self, older_than_days: float = 0) -> None:
        """Delete for good what was discarded longer ago than that, and the networks that it alone needed."""
        for item in trash.trash_items(self.root):
            if item.deleted <= time.time() - older_than_days * 86_400:
                trash.remove(item.folder)
        backbone_store.sweep(self.root)


def slug(text: str, fallback: str = "data", most: int = 40) -> str:
    """`text` as a file name that every system accepts: ASCII letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:most].strip("-")
    return f"{fallback}-{name}" if name in RESERVED else name or fallback


def new_id(text: str) -> str:
    """A fresh, readable, sortable folder name, for example `flowers-20261124-151200-3f9a`."""
    return f"{slug(text)}-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
