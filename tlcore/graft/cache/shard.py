"""One shard of the feature cache: a folder with some rows, written once, whole or absent, never changed.

    shard-<uuid>-<layout>/    keys.npy (n, 32) uint8 and 0.npy, 1.npy, ... (n, ...), one for each cut tensor
    .part-<uuid>/             a shard being written
    .gone-<uuid>/             a shard being deleted

A shard appears by one rename after its files have reached the disk and leaves by one rename; its name is not
used again. So whatever is killed at whatever moment leaves whole shards or garbage, never a half shard. The
dtypes and shapes are hashed into the name: what somebody is deleting file by file does not look whole.
`store.py` puts shards together.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import math
import os
import re
import shutil
import stat
import uuid
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tlcore import system
from tlcore.graft.inputs.protocol import Tensors

KEY = np.dtype("V32")  # compares all 32 bytes, unlike S32, for which trailing zeros do not count
NUMBERS = "biuf"  # kinds of dtype that a .npy file keeps as they are
NAME = re.compile(r"shard-[0-9a-f]{32}-([0-9a-f]{8})")
STALE_SECONDS = 600.0  # seconds after which nobody can still be writing 64 MB


class CacheMiss(Exception):
    """A row is not in the cache: compute it. Another run may have needed its room."""


class BrokenShard(Exception):
    """A shard that is not whole, or not one of ours."""


class Shard:
    """A shard on disk, checked against its headers before its rows are used.

    Raises:
        BrokenShard: it is not whole, or not one of ours.
        OSError: it cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        name = NAME.fullmatch(folder.name)
        if not name or folder.is_symlink():
            raise BrokenShard("not a shard")
        dtype, shape, start = _header(folder / "keys.npy")
        if dtype != np.uint8 or shape[1:] != (KEY.itemsize,) or not shape[0]:
            raise BrokenShard("no keys")
        self.count, self._start = shape[0], start
        count = len(list(folder.glob("*.npy"))) - 1
        self._headers = [_header(folder / f"{i}.npy") for i in range(count)]
        if any(rows != self.count for _, (rows, *_), _ in self._headers):
            raise BrokenShard("fewer or more rows than keys")
        self.layout = name[1]
        if self.layout != layout_of([(dtype, shape[1:]) for dtype, shape, _ in self._headers]):
            raise BrokenShard("other tensors than its name says")
        self._tensors: Tensors = ()

    @property
    def keys(self) -> np.ndarray:
        """The keys of its rows, (n,), read from the disk each time: those of a million take 32 MB.

        Raises:
            OSError: it was removed meanwhile.
        """
        return np.fromfile(self.folder / "keys.npy", KEY, self.count, offset=self._start)

    def keep_open(self) -> int:
        """Hold the memory maps from now on, and return their number; on POSIX they outlive the shard.

        Raises:
            CacheMiss: it was removed meanwhile, or this process may open no more.
        """
        self._tensors = self._tensors or self._maps()
        return len(self._tensors)

    def rows(self, positions: np.ndarray) -> Tensors:
        """Copies of the rows at `positions` (n,), for each tensor (n, ...); nothing else is read.

        Raises:
            CacheMiss: it was removed meanwhile, and its maps were not held.
        """
        return tuple(tensor.take(positions, axis=0) for tensor in self._tensors or self._maps())

    def touch(self) -> None:
        """Mark it as used now."""
        with contextlib.suppress(OSError):  # removed meanwhile, or the cache cannot be written
            os.utime(self.folder / "keys.npy")

    def _maps(self) -> Tensors:
        try:
            return tuple(
                np.memmap(self.folder / f"{i}.npy", dtype, "r", start, shape).view(np.ndarray)
                for i, (dtype, shape, start) in enumerate(self._headers)
            )
        except (FileNotFoundError, NotADirectoryError, PermissionError, ValueError) as error:
            raise CacheMiss(f"{self.folder} was removed") from error
        except OSError as error:
            if error.errno not in (errno.ENOMEM, errno.EMFILE, errno.ENFILE):
                raise
            raise CacheMiss(f"{self.folder} cannot be opened: {error.strerror}") from error


def layout_of(rows: Sequence[tuple[np.dtype, tuple[int, ...]]]) -> str:
    """Dtype and shape of a row, for each tensor, as 8 hex digits."""
    return hashlib.sha256(repr([(dtype.str, *shape) for dtype, shape in rows]).encode()).hexdigest()[:8]


def gather(shards: list[Shard], number: np.ndarray, position: np.ndarray, rows: np.ndarray) -> Tensors:
    """Rows `rows` (n,) of each tensor, (n, ...); row i is at `position[i]` of `shards[number[i]]`.

    Raises:
        CacheMiss: a shard was removed meanwhile, and its maps were not held.
    """
    number, position = number[rows], position[rows]
    if not shards:
        return ()
    if len(shards) == 1 or not len(rows):
        return shards[0].rows(position)
    order = np.lexsort((position, number))  # shard by shard, and in each as the rows lie on the disk
    used, starts = np.unique(number[order], return_index=True)
    merged: Tensors = ()
    for i, at in zip(used, np.split(order, starts[1:]), strict=True):
        part = shards[i].rows(position[at])
        merged = merged or tuple(np.empty((len(rows), *tensor.shape[1:]), tensor.dtype) for tensor in part)
        for target, tensor in zip(merged, part, strict=True):
            target[at] = tensor
    return merged


def write(store: Path, keys: np.ndarray, tensors: Tensors) -> None:
    """Add a shard to `store`: whole, and on the disk, before it has its name.

    Args:
        keys: (n,) of dtype KEY.
        tensors: (n, ...) each, C-contiguous.

    Raises:
        OSError: the disk is full or cannot be written.
        FileNotFoundError: the store was deleted meanwhile.
    """
    layout = layout_of([(tensor.dtype, tensor.shape[1:]) for tensor in tensors])
    name = uuid.uuid4().hex
    part = store / f".part-{name}"
    part.mkdir()
    try:
        for i, tensor in enumerate(tensors):
            _write(part / f"{i}.npy", tensor)
        _write(part / "keys.npy", keys.view(np.uint8).reshape(-1, KEY.itemsize))
        system.replace(part, store / f"shard-{name}-{layout}")
    except BaseException:
        _delete(part)
        raise


def discard(item: Path) -> bool:
    """Remove a file or folder in one step. False: it stays, since it is being read (on Windows)."""
    target = item.with_name(f".gone-{uuid.uuid4().hex}")
    try:
        item.rename(target)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    _delete(target)
    return True


def sweep(store: Path) -> None:
    """Delete shards that killed processes left half written or half deleted."""
    for item in items(store):
        is_stale = item.name.startswith(".") and STALE_SECONDS < system.age(item) < math.inf
        if is_stale or item.name.startswith(".gone-"):
            _delete(item)


def items(folder: Path) -> list[Path]:
    """Items of a folder, by name; none when it is missing or cannot be read."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _header(path: Path) -> tuple[np.dtype, tuple[int, ...], int]:
    """Dtype, shape and start of the numbers of a .npy file, which must be as long as they say."""
    if not stat.S_ISREG(path.lstat().st_mode):  # opening a pipe would wait for ever
        raise BrokenShard(f"{path.name} is not a file")
    with path.open("rb") as file:
        try:
            if np.lib.format.read_magic(file) != (1, 0):
                raise ValueError("we write version 1")
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
        except OSError:
            raise
        except Exception as error:  # NumPy's parser meets garbage with all sorts of them
            raise BrokenShard(f"{path.name} has no header") from error
        start, size = file.tell(), os.fstat(file.fileno()).st_size
    if fortran or dtype.kind not in NUMBERS or not shape or min(shape) < 0:
        raise BrokenShard(f"{path.name} holds no rows of numbers")
    if size != start + math.prod(shape) * dtype.itemsize:
        raise BrokenShard(f"{path.name} is {size} bytes long")
    return dtype, shape, start


def _write(path: Path, array: np.ndarray) -> None:
    with path.open("xb") as file:
        np.lib.format.write_array(file, array, version=(1, 0), allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())


def _delete(item: Path) -> None:
    """Failures stay for the next sweep: on Windows a file that is being read cannot be deleted."""
    if item.is_dir() and not item.is_symlink():
        shutil.rmtree(item, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            item.unlink()
