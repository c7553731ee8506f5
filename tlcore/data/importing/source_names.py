"""The name of a data set, taken from the file or folder that it comes from."""

from __future__ import annotations

import re
from pathlib import Path

from tlcore.data.manifest import SPLIT_NAMES

# They name a part of some data, or any data at all.
_EMPTY = {*SPLIT_NAMES, "data", "dataset", "data set", "all", "full", "labels", "labelled", "labeled"}
_ARCHIVE = re.compile(r"\.tar(\.\w+)?$", re.IGNORECASE)
_COPY = re.compile(r"[\W_\d]+$")  # "train (1)", "train-2"


def data_name(source: str, otherwise: str) -> str:
    """The name of a file or folder, without its ending; where it says nothing, as `train.csv`, its folder's.

    Args:
        source: a path, with "/" between its parts, and at the end of a folder; a file's ending is left out.
        otherwise: the name where no part says anything.
    """
    *folders, last = [part for part in source.split("/") if part.strip()] or [""]
    stem = _ARCHIVE.sub("", last)
    stem = stem if stem != last else last.rsplit(".", 1)[0] or last
    stem = last if source.endswith("/") else stem
    for name in (stem, *reversed(folders[-2:])):
        if name and _COPY.sub("", name).casefold() not in _EMPTY and name.strip(".") != "":
            return name
    return otherwise


def path_name(source: Path, otherwise: str) -> str:
    """The same for a path on this computer."""
    return data_name(f"{source.as_posix()}/" if source.is_dir() else source.as_posix(), otherwise)
