"""Sharing: a person's data set or run that all others of the server may copy, for as long as a switch is on.

The switch is the file `shared.json` in its folder: it goes to the trash with it and comes back with it. The
others find offers by going over the people of the register, never by a path.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from tlcore import system
from tlcore.data.dataset import Dataset
from tlcore.errors import WorkspaceError
from tlcore.export.hand_on import pack
from tlcore.people import register
from tlcore.people.register import Person
from tlcore.records import JsonType
from tlcore.runs.run import Run
from tlcore.workspace import Workspace
from tlcore.workspace.refusals import list_folder, writing

FILE = "shared.json"
MOST_BYTES = 100
OfferKind = Literal["datasets", "runs"]
KINDS: tuple[OfferKind, ...] = ("datasets", "runs")


class ShareMark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`shared.json`: since when, in seconds since 1970."""

    since: Annotated[float, msgspec.Meta(ge=0, lt=1e11)]


_MARK = JsonType(ShareMark)


@dataclass(frozen=True)
class Offer:
    """A data set or run that its owner shares; `since` in seconds since 1970."""

    owner: Person
    kind: OfferKind
    folder: Path
    since: float


def offer(folder: Path) -> None:
    """Share a data set or run of the person at work.

    Raises:
        GraftError: it is gone, has no model yet, or rests on a network that came in a file.
    """
    Workspace().check_inside(folder)
    if not _is_whole(folder):
        raise WorkspaceError("This is not there any more, or not finished.", received=folder.name)
    if _kind_of(folder) == "runs":
        pack.check(Run(folder))
    with writing():
        system.write_atomic(folder / FILE, msgspec.json.encode(ShareMark(time.time())) + b"\n")


def withdraw(folder: Path) -> None:
    """Share it no longer; copies that were made stay."""
    with writing():
        (folder / FILE).unlink(missing_ok=True)


def shared_since(folder: Path) -> float | None:
    """Since when that folder is shared, in seconds since 1970; None: it is not."""
    file = folder / FILE
    try:
        found = file.lstat()
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
        return None
    mark = _MARK.read_or(file, None)
    return mark.since if mark else None


def offers_to(id: str) -> list[Offer]:
    """All that others share with the person of that id: the teacher's first, then the newest."""
    found = (one for owner in register.everybody() if owner.id != id for one in offers_of(owner))
    return sorted(found, key=lambda one: (not one.owner.is_teacher, -one.since))


def offers_of(owner: Person) -> Iterator[Offer]:
    """All that a person shares, in no order."""
    for kind in KINDS:
        for folder in list_folder(owner.home / kind):
            if os.path.lexists(os.path.join(folder, FILE)) and (one := _offer(owner, kind, folder.name)):
                yield one


def find(owner: str, kind: OfferKind, id: str) -> Offer:
    """The data set or run that a person shares, by both ids.

    Raises:
        WorkspaceError: nothing.
    """
    person = register.read(owner)
    found = _offer(person, kind, id) if person else None
    if found is None:
        raise gone(id)
    return found


def gone(id: str) -> WorkspaceError:
    """The error of whoever finds that something is not shared."""
    remedy = "Ask who shared it."
    return WorkspaceError("This is not shared any more.", received=id, remedy=remedy)


def _offer(owner: Person, kind: OfferKind, id: str) -> Offer | None:
    """An offer under that name, which must be one of a folder in the owner's workspace, and no link out."""
    if id.startswith(".") or not system.is_text(id):
        return None
    since = shared_since(owner.home / kind / id) if id == Path(id).name else None
    folder = Workspace(owner.home).find(kind, id) if since is not None else None
    return Offer(owner, kind, folder, since) if folder and since is not None and _is_whole(folder) else None


def _is_whole(folder: Path) -> bool:
    return Run(folder).has_model if _kind_of(folder) == "runs" else Dataset(folder).is_ready


def _kind_of(folder: Path) -> str:
    return folder.parent.name
