"""Writing that the operating system refuses, as errors that a person can act on."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from tlcore.errors import WorkspaceError
from tlcore.workspace.home import shared_home


def unwritable(path: Path) -> WorkspaceError:
    """Nobody may write there who runs this program."""
    remedy = "Set GRAFT_HOME to a folder you may write."
    return WorkspaceError("The workspace cannot be written.", received=path, remedy=remedy)


def is_forbidden(error: OSError) -> bool:
    """Tell whether a place cannot be written by this user at all, rather than not at this moment.

    On Windows the same error says that somebody has the file open: there it is never told.
    """
    codes = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST)
    return getattr(error, "winerror", None) is None and error.errno in codes


def refusal(error: OSError) -> WorkspaceError:
    """An error about what was refused: the whole workspace, one file in it or elsewhere, or the disk."""
    inside = isinstance(error.filename, str) and Path(error.filename).is_relative_to(shared_home())
    return unwritable(shared_home()) if inside and is_forbidden(error) else disk_error(error)


def disk_error(error: OSError) -> WorkspaceError:
    """An error with what the operating system said about a file or the disk."""
    return WorkspaceError(
        f"The disk or a file could not be used: {error.strerror or error}.",
        received=error.filename,
        remedy="Free some disk space, or check that the place may be read and written.",
    )


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """Around what writes into the workspace.

    Raises:
        WorkspaceError: the system refuses.
    """
    try:
        yield
    except OSError as error:
        raise refusal(error) from error


def list_folder(folder: Path) -> list[Path]:
    """The items in a folder, in no order; none where there is no folder."""
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
