"""Where data come from: a folder, a .zip or a .tar(.gz), read file by file and never extracted."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tlcore.data.archives import open_archive
from tlcore.data.entries import LINK, SPECIAL, Source, bounded
from tlcore.errors import DataError, PictureError


def open_source(path: Path) -> Source:
    """Open a folder, a .zip, a .tar or a .tar.gz; what it is shows in its content, not in its name.

    Raises:
        DataError: nothing there, or not a kind of file that holds pictures.
        ArchiveError: broken, protected by a password, or beyond the limits.
    """
    if path.is_dir():
        return _folder(path)
    if not path.is_file():
        raise DataError("There is no such file or folder.", received=path, remedy="Check the path.")
    return open_archive(path)


def _folder(path: Path) -> Source:
    source = Source(path.resolve().name, "folder")
    for found, is_file in _walk(path, source):
        raw = os.fsencode(found.relative_to(path)).decode("utf-8", "replace")
        try:
            status = found.lstat()
        except OSError:
            source.skip(raw, "The file cannot be read.")
            continue
        problem = LINK if found.is_symlink() else "" if is_file and stat.S_ISREG(status.st_mode) else SPECIAL
        source.add(raw, status.st_size, partial(_read_file, found), problem)
    return source


def _walk(path: Path, source: Source) -> Iterator[tuple[Path, bool]]:
    """Files below `path` in a fixed order, and linked folders (which are not entered)."""

    def unreadable(error: OSError) -> None:
        source.skip(os.path.relpath(error.filename, path), "The folder cannot be read.")

    for root, folders, files in os.walk(path, onerror=unreadable):
        folders.sort()
        yield from ((Path(root, name), False) for name in folders if os.path.islink(os.path.join(root, name)))
        yield from ((Path(root, name), True) for name in sorted(files))


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return bounded(file.read, os.fstat(file.fileno()).st_size)
    except OSError as error:
        raise PictureError(f"The file cannot be opened: {error.strerror or 'it cannot be read'}.") from error
