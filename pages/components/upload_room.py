"""Disk space for uploads that are under way: what was promised to one is not promised to another.

The promise is the length of the file that an upload is written to. It is made before the bytes come, so all
processes that work in this workspace see all promises, and one that was killed leaves nothing to clear up but
its file. `upload_route` asks here before it writes.
"""

from __future__ import annotations

import os
from pathlib import Path

from tlcore import system
from tlcore.workspace import Workspace


def promise(part: Path, size: int) -> int:
    """Make the file `part`, which lies in the uploads folder, `size` bytes long; returns that.

    Raises:
        WorkspaceError: with all that is promised but not yet written the disk or the workspace would be full.
    """
    workspace = Workspace()
    with system.locked(workspace.cache / "uploads.lock"):
        more = size - part.stat().st_size
        unwritten = sum(map(system.unwritten_bytes, workspace.uploads.glob("upload-*.part")))
        workspace.check_disk(more + unwritten, part.parent)
        workspace.check_room(more)  # its own limit counts lengths, and so all promises
        os.truncate(part, size)
    return size
