"""Arrow files of tables: they appear whole, and are mapped where they lie instead of read into memory."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tlcore import system
from tlcore.workspace import Workspace
from tlcore.workspace.refusals import writing

if TYPE_CHECKING:
    import pyarrow as pa


def write(path: Path, table: pa.Table) -> None:
    """Write a table so that a reader, or a power cut, sees the old file or the new one.

    Raises:
        OSError: the disk is full, say; nothing is left then.
    """
    import pyarrow as pa

    part = path.with_name(system.part_name(path.name))
    try:
        with part.open("wb") as file:
            with pa.ipc.new_file(file, table.schema) as writer:
                writer.write_table(table.combine_chunks())
            file.flush()
            os.fsync(file.fileno())
        system.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def outside(parts: Iterator[pa.Table]) -> pa.Table:
    """A table of these parts, one or more, mapped from a file that has no name: it takes no memory.

    Raises:
        WorkspaceError: the disk is full, say.
    """
    import pyarrow as pa

    if system.KEEPS_OPEN_FILES:
        return pa.concat_tables(parts)
    uploads = Workspace().uploads
    folder = None if system.is_remote(uploads / "file") else uploads  # the system's may be in memory
    with writing(), tempfile.NamedTemporaryFile(dir=folder) as file:
        part = next(parts)
        with pa.ipc.new_file(file, part.schema) as writer:
            while part is not None:
                writer.write_table(part.combine_chunks())
                part = next(parts, None)
        file.flush()
        pa.default_memory_pool().release_unused()
        return pa.ipc.open_file(pa.memory_map(file.name)).read_all()


def read(path: Path, columns: dict[str, str]) -> pa.Table:
    """The table in a file.

    Args:
        columns: their names and types, as Arrow writes them.

    Raises:
        OSError: it is missing.
        ValueError: it is no such table.
    """
    import pyarrow as pa

    # Nobody can replace a file that is mapped on Windows; where another machine does, our next look kills us.
    is_copied = system.KEEPS_OPEN_FILES or system.is_remote(path)
    source = pa.OSFile(str(path)) if is_copied else pa.memory_map(str(path))
    table = pa.ipc.open_file(source).read_all()
    if {field.name: str(field.type) for field in table.schema} != columns:
        raise ValueError("its columns are others")
    table.validate(full=True)
    if any(column.null_count for column in table.columns):
        raise ValueError("something in it is missing")
    return table
