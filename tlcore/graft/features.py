"""The frozen part, run once: pictures → cut tensors, kept as memory-mapped arrays.

`Reader` is all that training sees of it: row numbers in, cut tensors out. Whether they come from disk or are
computed on the fly (`--no-cache`) it cannot tell.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tlcore import system
from tlcore.config import Fit
from tlcore.data import pictures
from tlcore.errors import DataError, PictureError
from tlcore.workspace import Workspace

BATCH = 32  # pictures per call of the frozen part; more is no faster on a CPU
AHEAD = 3  # batches decoded before the network asks for them
Tensors = tuple[np.ndarray, ...]
Reader = Callable[[np.ndarray], Tensors]
Count = Callable[[int, int], None]


class Pictures:
    """Rows of a data set decoded to the backbone's square, uint8 (n, size, size, 3)."""

    def __init__(self, paths: Sequence[Path], size: int, fit: Fit) -> None:
        self.paths = list(paths)
        self.size = size
        self.fit = fit
        self._pool = ThreadPoolExecutor(system.cpu_count(), thread_name_prefix="decode")

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        return np.stack(list(self._pool.map(self._decode, rows.tolist())))

    def batches(self, rows: np.ndarray) -> Iterator[np.ndarray]:
        """Batches in order, decoded ahead so that decoding and the network overlap."""
        parts = [rows[start : start + BATCH].tolist() for start in range(0, len(rows), BATCH)]
        waiting = [[self._pool.submit(self._decode, row) for row in part] for part in parts[:AHEAD]]
        for i in range(len(parts)):
            if i + AHEAD < len(parts):
                waiting.append([self._pool.submit(self._decode, row) for row in parts[i + AHEAD]])
            yield np.stack([picture.result() for picture in waiting.pop(0)])

    def _decode(self, row: int) -> np.ndarray:
        try:
            return pictures.decode(self.paths[row], self.size, self.fit)
        except PictureError as error:
            raise DataError(
                f"A picture of the data set cannot be read any more. {error.what}",
                received=self.paths[row].name,
                remedy="Import the data set again.",
            ) from error


class Frozen:
    """The frozen part as one compiled function, uint8 pictures in, cut tensors out."""

    def __init__(self, front: keras.Model | None) -> None:
        self.front = front
        self._compiled = tf.function(self._call, reduce_retracing=True)

    def __call__(self, batch: np.ndarray) -> Tensors:
        if self.front is None:
            return (batch,)
        full = (
            batch if len(batch) == BATCH else np.resize(batch, (BATCH, *batch.shape[1:]))
        )  # one shape, one trace
        return tuple(np.asarray(tensor)[: len(batch)] for tensor in self._compiled(full))

    def _call(self, batch: tf.Tensor) -> tuple[tf.Tensor, ...]:
        assert self.front is not None
        outputs = self.front(batch, training=False)
        return tuple(outputs) if isinstance(outputs, (list, tuple)) else (outputs,)

    def empty(self, folder: Path, rows: int, sample: Tensors) -> Tensors:
        """New memory-mapped arrays for `rows` rows of tensors like `sample`."""
        return tuple(
            np.lib.format.open_memmap(folder / f"{i}.npy", "w+", tensor.dtype, (rows, *tensor.shape[1:]))
            for i, tensor in enumerate(sample)
        )


def on_the_fly(frozen: Frozen, source: Pictures) -> Reader:
    """Cut tensors computed anew each time they are asked for."""

    def read(rows: np.ndarray) -> Tensors:
        parts = [frozen(batch) for batch in source.batches(rows)]
        return tuple(np.concatenate(tensors) for tensors in zip(*parts, strict=True))

    return read


def from_disk(folder: Path, frozen: Frozen, source: Pictures, on_count: Count) -> Reader:
    """Cut tensors of all rows, computed into `folder` unless they are there, then read from it.

    `folder` appears under its name only when it is complete, so a killed run leaves nothing half right.
    """
    if not folder.is_dir():
        _compute(folder, frozen, source, on_count)
    arrays = tuple(
        np.load(folder / f"{i}.npy", mmap_mode="r") for i in range(len(list(folder.glob("*.npy"))))
    )
    return lambda rows: tuple(array[rows] for array in arrays)


def _compute(folder: Path, frozen: Frozen, source: Pictures, on_count: Count) -> None:
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        _fill(part, frozen, source, on_count)
        system.replace(part, folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _fill(part: Path, frozen: Frozen, source: Pictures, on_count: Count) -> None:
    """Write the arrays; they are closed on return, since Windows renames no folder with open files."""
    total, done = len(source.paths), 0
    arrays: Tensors = ()
    for batch in source.batches(np.arange(total)):
        tensors = frozen(batch)
        if not arrays:
            # Checked beforehand: writing to a memory map on a full disk ends the process without a word.
            Workspace().check_room(sum(tensor[0].nbytes for tensor in tensors) * total, part)
            arrays = frozen.empty(part, total, tensors)
        for array, tensor in zip(arrays, tensors, strict=True):
            array[done : done + len(batch)] = tensor
        done += len(batch)
        on_count(done, total)
    for array in arrays:
        array.flush()  # type: ignore[attr-defined]
