"""Engines that run the frozen part: their protocol, and Keras as the first of them.

Every engine takes the inputs of a network, uint8 pictures (the backbone's own normalisation is part of the
network) or token ids, and returns the cut tensors. `select.py` chooses the engine of a run; training never
knows which one it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import keras
import numpy as np
import tensorflow as tf

from tlcore.graft.inputs.protocol import CPU_BATCH, Inputs, Tensors

GPU_BATCH = 256
USUAL_SIDE = 256  # pixels of a picture's side up to which batches are whole ...
FEWEST = 4  # ... and examples in those of the largest


class Engine(Protocol):
    """Runs the frozen part."""

    name: str
    version: str  # a new one wherever a number may change
    batch: int  # examples that are computed at once

    def run(self, batch: np.ndarray) -> Tensors:
        """uint8 (n, size, size, 3) → cut tensors (n, …), float."""

    def stream(self, inputs: Inputs, rows: np.ndarray) -> Iterator[tuple[np.ndarray, Tensors]]:
        """All rows, some at a time in any order, with their cut tensors, decoded ahead of the network."""


class KerasEngine:
    """The frozen part as one compiled TensorFlow function, on the GPU where there is one.

    Args:
        front: None when nothing is frozen: the cut tensors are the pictures themselves.
    """

    name = "keras"

    def __init__(self, front: keras.Model | None, is_gpu: bool = False) -> None:
        self.front = front
        self.is_gpu = is_gpu
        self.few = _batch_of(CPU_BATCH, front)
        self.batch = _batch_of(GPU_BATCH, front) if is_gpu else self.few
        self.version = f"{keras.__version__} on TensorFlow {tf.__version__}, {'GPU' if is_gpu else 'CPU'}"
        self._compiled = tf.function(self._call, autograph=False, reduce_retracing=True)

    def run(self, batch: np.ndarray) -> Tensors:
        if self.front is None:
            return (batch,)
        parts = [self._run(batch[at : at + self.batch]) for at in range(0, len(batch), self.batch)]
        return tuple(np.concatenate(tensors) for tensors in zip(*parts, strict=True))

    def stream(self, inputs: Inputs, rows: np.ndarray) -> Iterator[tuple[np.ndarray, Tensors]]:
        if self.front is None:  # nothing to overlap with
            for at in range(0, len(rows), self.batch):
                part = rows[at : at + self.batch]
                yield part, (inputs(part),)
            return
        for part, batch in inputs.batches(rows, self.batch):
            yield part, self._pad_texts(self.run(batch), inputs, int(part[0]))

    def _pad_texts(self, tensors: Tensors, inputs: Inputs, row: int) -> Tensors:
        """The tensors of a shortened batch of texts, padded with zeros to the length of a whole row."""
        assert self.front is not None
        return tuple(
            _pad(tensor, len(inputs.decode(row))) if None in output.shape[1:] else tensor
            for tensor, output in zip(tensors, self.front.outputs, strict=True)
        )

    def _run(self, batch: np.ndarray) -> Tensors:
        """One call; a short batch is padded, so that there are at most two shapes and two traces."""
        size = self.few if len(batch) <= self.few else self.batch
        full = np.resize(batch, (size, *batch.shape[1:])) if len(batch) < size else batch
        return tuple(np.asarray(tensor)[: len(batch)] for tensor in self._compiled(full))

    def _call(self, batch: tf.Tensor) -> tuple[tf.Tensor, ...]:
        assert self.front is not None
        outputs = self.front(batch, training=False)
        return tuple(outputs) if isinstance(outputs, (list, tuple)) else (outputs,)


def _batch_of(usual: int, front: keras.Model | None) -> int:
    """Examples in a call: of larger pictures fewer, whose maps take as much memory together."""
    shape: tuple[int | None, ...] = () if front is None else tuple(front.inputs[0].shape)
    side = shape[1] if len(shape) == 4 else None
    return max(FEWEST, usual * USUAL_SIDE**2 // side**2) if side and side > USUAL_SIDE else usual


def _pad(tensor: np.ndarray, length: int) -> np.ndarray:
    """(n, l, …) → (n, length, …)"""
    missing = length - tensor.shape[1]
    return np.pad(tensor, [(0, 0), (0, missing), *[(0, 0)] * (tensor.ndim - 2)])
