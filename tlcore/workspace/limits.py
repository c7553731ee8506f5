"""How much disk a workspace, a data set, the cache and one person may take; sizes in words."""

from __future__ import annotations

import math
import os
from pathlib import Path

from tlcore import system
from tlcore.errors import WorkspaceError

OF_PERSON, PERSON_GB = "GRAFT_PERSON_GB", 10.0  # of one person among several, unless that says otherwise
CACHE_GB = 20.0  # of features, unless GRAFT_CACHE_GB says otherwise
DATASET_GB = 50.0  # of one data set, unless GRAFT_DATASET_GB says otherwise
KEEP_FREE = 500_000_000  # bytes of disk that stay free: a full disk breaks more than this program


def cache_budget() -> int:
    """Bytes that the feature cache may take: `GRAFT_CACHE_GB`, else 20 GB.

    Raises:
        WorkspaceError: the variable is not a positive number.
    """
    return gigabytes("GRAFT_CACHE_GB", CACHE_GB) or 0


def person_limit() -> int:
    """Bytes that the workspace of one person among several may take; errors as for `cache_budget`."""
    return gigabytes(OF_PERSON, PERSON_GB) or 0


def check_free(needed: int, where: Path) -> None:
    """Refuse before the disk of that folder is full.

    Raises:
        WorkspaceError: fewer than `needed` bytes are free above the reserve.
    """
    free = system.free_bytes(where)
    if needed + KEEP_FREE > free:
        raise WorkspaceError(
            f"Not enough disk space: {bytes_in_words(needed)} needed, "
            f"{bytes_in_words(free - KEEP_FREE)} free.",
            remedy="Delete data sets, runs or the cache on the Data page, or free some disk.",
        )


def free_above_reserve(where: Path) -> int:
    """Bytes that may be written below `where`, which need not be there yet."""
    there = next(folder for folder in (where, *where.absolute().parents) if folder.exists())
    return max(0, system.free_bytes(there) - KEEP_FREE)


def check_dataset(needed: int, folder: Path) -> None:
    """Refuse what would make the data set in `folder` larger than `GRAFT_DATASET_GB`, else 50 GB.

    Raises:
        WorkspaceError: it would, or the variable is not a positive number.
    """
    held, most = system.folder_bytes(folder), gigabytes("GRAFT_DATASET_GB", DATASET_GB) or 0
    if held + needed > most:
        raise WorkspaceError(
            f"A data set may take {bytes_in_words(most)}: this one holds {bytes_in_words(held)} now, and "
            f"{bytes_in_words(needed)} more are needed.",
            remedy="Take fewer or smaller files, or set GRAFT_DATASET_GB to more.",
        )


def gigabytes(variable: str, default: float | None = None) -> int | None:
    """A size in bytes that an environment variable gives in gigabytes; None: it is not set.

    Raises:
        WorkspaceError: the variable is not a positive number.
    """
    text = os.environ.get(variable) or default
    if text is None:
        return None
    try:
        size = float(text) * 1e9
    except ValueError:
        size = 0.0
    if not 1 <= size < math.inf:
        allowed = f" to allow {default:.0f}" if default else ""
        raise WorkspaceError(
            f"{variable} is not a size.",
            received=text,
            remedy=f"Set it to a number of gigabytes above 0, or remove it{allowed}.",
        )
    return int(size)


def bytes_in_words(size: int) -> str:
    """A size for people: "120 MB", "1.2 GB"."""
    if size >= 999_500_000:
        return f"{size / 1e9:,.1f} GB"
    return f"{size / 1e6:,.0f} MB" if size >= 999_500 else f"{max(size, 0) / 1e3:,.0f} kB"
