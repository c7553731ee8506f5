"""Headers of a stranger's `.npz` file: checked before NumPy makes room for what they declare."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import IO, NoReturn

import numpy as np
from numpy.lib import format as npy

from tlcore.data.files.archives import BROKEN, check_directory, zip_problem
from tlcore.errors import ArchiveError, RunError, printable

KINDS = "fiubS"  # of numbers and bytes: never objects, which would be pickled
MOST_HEADER = 2_000  # characters
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def check(path: Path, names: Collection[str]) -> None:
    """Refuse a file that is more than uncompressed arrays of numbers under these names.

    Raises:
        RunError: it is, or it is damaged; says why.
    """
    try:
        check_directory(path)
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            if len({info.filename for info in infos}) < len(infos):
                _refuse(path, "Two arrays have one name.")
            for info in infos:
                if info.filename not in {f"{name}.npy" for name in names}:
                    _refuse(path, "It holds an array that no run has.", info.filename)
                if info.compress_type != zipfile.ZIP_STORED or zip_problem(info):
                    _refuse(path, "It is packed in another way than NumPy's.", info.filename)
                with archive.open(info) as file:
                    _check_array(path, file, info)
    except (*BROKEN, NotImplementedError, RuntimeError, ArchiveError) as error:
        _refuse(path, "It is damaged.", getattr(error, "what", error))


def _check_array(path: Path, file: IO[bytes], info: zipfile.ZipInfo) -> None:
    version = npy.read_magic(file)
    if version not in _HEADERS:
        _refuse(path, "It is packed in another way than NumPy's.", info.filename)
    shape, _, kind = _HEADERS[version](file, max_header_size=MOST_HEADER)
    if kind.hasobject or kind.kind not in KINDS or kind.subdtype is not None:
        _refuse(path, "It holds something else than numbers.", info.filename)
    if min(shape, default=0) < 0 or math.prod(shape) * kind.itemsize != info.file_size - file.tell():
        _refuse(path, "An array has another size than it declares.", info.filename)


def load(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a file that `check` has let pass."""
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _refuse(path: Path, why: str, received: object = None) -> NoReturn:
    raise RunError(
        f"{path.name} in this file is refused. {why}",
        received=None if received is None else printable(received),
    )
