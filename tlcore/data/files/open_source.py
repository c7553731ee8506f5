"""Sources of data: a folder, a .zip or a .tar(.gz), read file by file and never extracted."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tlcore.data.files import own_folders
from tlcore.data.files.archives import open_archive
from tlcore.data.files.source import LINK, SPECIAL, FileSource, read_bounded
from tlcore.data.names import in_utf8
from tlcore.errors import DataError, PictureError


def open_source(path: Path) -> FileSource:
    """Open a folder, a .zip, a .tar or a .tar.gz; what it is shows in its content, not in its name.

    Folders in it that this program wrote are among the skipped (`own_folders.py`).

    Raises:
        DataError: nothing there, not a kind of file that holds pictures, or a folder of ours.
        ArchiveError: broken, protected by a password, or beyond the limits.
    """
    if path.is_dir():
        return _folder(path)
    if not path.is_file():
        raise DataError("There is no such file or folder.", received=path, remedy="Check the path.")
    source = open_archive(path)
    try:
        own_folders.skip_own_folders(source)
    except DataError:
        source.close()
        raise
    return source


def _folder(path: Path) -> FileSource:
    own_folders.check_top(own_folders.DiskTree(path), path)
    source = FileSource(in_utf8(path.resolve().name), "folder")

    def skip(found: str, reason: str) -> None:
        source.skip(in_utf8(os.path.relpath(found, path)), reason)

    below = len(os.path.join(path, ""))
    for found in _walk(path, skip):
        raw = in_utf8(found[below:])
        try:
            status = os.lstat(found)
        except OSError:
            source.skip(raw, "The file cannot be read.")
            continue
        is_link = stat.S_ISLNK(status.st_mode)
        problem = LINK if is_link else "" if stat.S_ISREG(status.st_mode) else SPECIAL
        source.add(raw, status.st_size, partial(_read_file, found), problem, os.sep == "\\")
    return source


def walk(path: Path, skip: Callable[[str, str], None] = lambda found, reason: None) -> Iterator[Path]:
    """Files below `path` in a fixed order.

    Args:
        skip: called with each folder that is not entered and the reason: a link, or one of ours.
    """
    return map(Path, _walk(path, skip))


def _walk(path: Path, skip: Callable[[str, str], None]) -> Iterator[str]:
    """As text: the paths of 100,000 files as objects take 20 MB and 1.4 s of a processor more."""
    tree = own_folders.DiskTree(path)

    def unreadable(error: OSError) -> None:
        skip(error.filename, "The folder cannot be read.")

    for root, folders, files in os.walk(path, onerror=unreadable):
        for name in sorted(folders):
            found = os.path.join(root, name)
            if os.path.islink(found):
                skip(found, LINK)
            elif own_folders.is_own(tree, os.path.relpath(found, path).replace(os.sep, "/")):
                skip(found, own_folders.OWN_FOLDER)
                folders.remove(name)
        folders.sort()
        yield from (os.path.join(root, name) for name in sorted(files))


def _read_file(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return read_bounded(file.read, os.fstat(file.fileno()).st_size)
    except OSError as error:
        raise PictureError(f"The file cannot be opened: {error.strerror or 'it cannot be read'}.") from error
