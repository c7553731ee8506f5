"""Disk space reserved for unfinished uploads, so that two uploads never count on the same space.

The reservation is the length of the upload's file, set before the bytes arrive. All processes in this
workspace see it, and a killed one leaves only its file. `route.py` reserves before it writes.
"""

from __future__ import annotations

import os
from pathlib import Path

from tlcore import system
from tlcore.errors import WorkspaceError
from tlcore.workspace import Workspace
from tlcore.workspace.home import PEOPLE

PLACES = ("cache/uploads/upload-*.part", f"{PEOPLE}/*/cache/uploads/upload-*.part")


def reserve(part: Path, size: int) -> int:
    """Make the file `part` in the uploads folder `size` bytes long; returns `size`.

    Raises:
        WorkspaceError: with all reservations the disk or the workspace would be full.
    """
    workspace = Workspace()
    with system.file_lock(workspace.shared.cache / "uploads.lock"):
        more = size - part.stat().st_size
        workspace.check_room(more)  # a limit of the workspace counts lengths, so reservations too
        everybody = (folder for place in PLACES for folder in workspace.shared.root.glob(place))
        reserved = sum(map(system.unwritten_bytes, everybody))
        _check_disk(more + reserved, workspace)
        os.truncate(part, size)
    return size


def _check_disk(needed: int, workspace: Workspace) -> None:
    try:
        workspace.check_disk(needed, workspace.uploads)
    except WorkspaceError as error:
        remedy = "Wait for the other uploads, or free some disk space. Then try again."
        what = "The disk has no room for this upload and the others in progress."
        raise WorkspaceError(what, remedy=remedy) from error
