"""Disk space for uploads that are under way: what was promised to one is not promised to another.

The promise is the length of the file that an upload is written to. It is made before the bytes come, so all
processes that work in this workspace see all promises, and one that was killed leaves nothing to clear up but
its file. `upload_route` asks here before it writes.
"""

from __future__ import annotations

import os
from pathlib import Path

from tlcore import system
from tlcore.errors import WorkspaceError
from tlcore.workspace import Workspace


def reserve(part: Path, size: int) -> int:
    """Make the file `part`, which lies in the uploads folder, `size` bytes long; returns that.

    Raises:
        WorkspaceError: with all that is promised but not yet written the disk or the workspace would be full.
    """
    workspace = Workspace()
    with system.file_lock(workspace.cache / "uploads.lock"):
        more = size - part.stat().st_size
        workspace.check_room(more)  # where the workspace has a limit, lengths count: all promises are in it
        promised = sum(map(system.unwritten_bytes, workspace.uploads.glob("upload-*.part")))
        _check_beside(more + promised, workspace)
        os.truncate(part, size)
    return size


def _check_beside(needed: int, workspace: Workspace) -> None:
    try:
        workspace.check_disk(needed, workspace.uploads)
    except WorkspaceError as error:
        remedy = "Send it again when they have arrived, or free some disk space."
        what = "The disk has no room for this upload beside the others that are on their way."
        raise WorkspaceError(what, remedy=remedy) from error
