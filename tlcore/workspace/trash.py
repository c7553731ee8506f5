"""The trash of a workspace: what a person deleted, kept for seven days so that anybody can bring it back.

An item is the deleted folder itself, moved to `trash/<seconds since 1970>~<kind>~<name>`, where the kind is
the folder that it lay in: `datasets`, `runs` ("." for the workspace itself). One that lay deeper, as the test
of a run does, says its place in a file `.place`. Nothing else is kept of a deletion: pages list what is here.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tlcore import system
from tlcore.errors import WorkspaceError
from tlcore.workspace.refusals import is_forbidden

DAYS = 7
FOLDER = "trash"
PLACE = ".place"
LONGEST_PLACE = 4096  # bytes


@dataclass(frozen=True)
class TrashItem:
    """One item; `deleted` is in seconds since 1970, `name` what its folder was called."""

    folder: Path
    deleted: int
    kind: str
    name: str


def trash_items(root: Path) -> list[TrashItem]:
    """The items in the trash of the workspace `root`, the newest first; what is not ours is left out."""
    try:
        found = [_item(path) for path in (root / FOLDER).iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted((item for item in found if item), key=lambda item: (-item.deleted, item.name))


def _item(path: Path) -> TrashItem | None:
    stamp, *rest = path.name.split("~", 2)
    ours = len(rest) == 2 and stamp.isascii() and stamp.isdigit()
    return TrashItem(path, int(stamp), *rest) if ours else None


def put(root: Path, folder: Path) -> Path:
    """Move `folder` into the trash, which is there; returns where it lies.

    Raises:
        WorkspaceError: it is gone, or in use (on Windows).
        OSError: the workspace cannot be written.
    """
    place = folder.parent.relative_to(root)
    kind, deep = place.name or ".", len(place.parts) > 1
    stamp = int(time.time())
    while (target := root / FOLDER / f"{stamp}~{kind}~{folder.name}").exists():
        stamp += 1
    if deep and folder.is_dir():
        (folder / PLACE).write_text(place.as_posix(), encoding="utf-8")
    _move(folder, target, "It is not there any more.")
    return target


def place_of(root: Path, item: Path) -> Path:
    """The place that an item in the trash came from.

    Raises:
        WorkspaceError: what it belongs to is gone, or nobody knows where it lay.
    """
    _, kind, name = item.name.split("~", 2)
    parent = PurePosixPath(kind)
    if (item / PLACE).is_file():
        with (item / PLACE).open(encoding="utf-8", errors="replace") as file:
            parent = PurePosixPath(file.read(LONGEST_PLACE))
        if parent.is_absolute() or ".." in parent.parts or not root.joinpath(parent).parent.is_dir():
            raise WorkspaceError(
                "What it belongs to is not there any more.", received=parent, remedy="Bring that back first."
            )
    return root.joinpath(parent) / name


def take_back(item: Path, target: Path) -> None:
    """Move an item out of the trash.

    Raises:
        WorkspaceError: it is not in the trash, or its place is taken.
        OSError: the workspace cannot be written.
    """
    gone = "It is not in the trash any more: it was brought back, or deleted for good."
    if not item.exists():
        raise WorkspaceError(gone, received=target.name)
    if target.exists():
        raise WorkspaceError(
            "Something with that name is there again.",
            received=target.name,
            remedy="Delete that first, then bring this back.",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    _move(item, target, gone)
    (target / PLACE).unlink(missing_ok=True)


def _move(folder: Path, target: Path, gone: str) -> None:
    try:
        system.replace(folder, target)
    except FileNotFoundError as error:
        raise WorkspaceError(gone, received=folder.name) from error
    except OSError as error:
        if is_forbidden(error):
            raise
        raise WorkspaceError(
            "It cannot be moved: it is in use.", received=folder.name, remedy="Stop what uses it first."
        ) from error


def remove(path: Path) -> None:
    """Delete a file or a folder for good, as much of it as the system lets."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
