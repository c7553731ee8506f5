"""What training and scoring see of the examples: rows of cut tensors with class numbers and weights.

No engine, view, cache or task appears here; a `Reader` answers row numbers with tensors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import keras
import numpy as np
import tensorflow as tf

from tlcore.graft.cache.features import FeatureReader
from tlcore.graft.inputs.protocol import Tensors


@dataclass(frozen=True)
class TrainingBatches:
    """Examples as training sees them: rows of cut tensors with class numbers."""

    read: FeatureReader
    rows: np.ndarray  # (n,) which rows belong to it, or (n, views) to draw one from in each epoch
    labels: np.ndarray  # (n,) class numbers
    batch_size: int
    weights: np.ndarray | None = None  # (n,) what each counts in training; None: all the same

    @property
    def steps(self) -> int:
        return -(-len(self.rows) // self.batch_size)

    def drawn(self, seed: int, epoch: int) -> TrainingBatches:
        """The examples as that epoch sees them: one view of each, another one than in the epoch before.

        In as many epochs as there are views every view has its turn once.
        """
        if self.rows.ndim == 1:
            return self
        n, views = self.rows.shape
        first = np.random.default_rng(seed).integers(views, size=n)
        return replace(self, rows=self.rows[np.arange(n), (first + epoch) % views])

    def order(self, seed: int, epoch: int) -> np.ndarray:
        """Positions by step (steps, batch), shuffled for that epoch; −1 fills the last batch."""
        return self._by_step(np.random.default_rng([seed, epoch]).permutation(len(self.rows)))

    def in_order(self) -> np.ndarray:
        """Positions by step, unshuffled."""
        return self._by_step(np.arange(len(self.rows)))

    def _by_step(self, positions: np.ndarray) -> np.ndarray:
        filled = np.full(self.steps * self.batch_size, -1)
        filled[: len(positions)] = positions
        return filled.reshape(self.steps, self.batch_size)

    def fetch(self, positions: np.ndarray) -> tuple[Tensors, np.ndarray, np.ndarray]:
        """Tensors (steps, batch, …), class numbers and weights (steps, batch); fillers weigh nothing.

        Fillers stand at the end and are zeros: nothing is read, or run through the frozen part, for them.
        """
        flat = positions.ravel()
        real = flat[flat >= 0]
        tensors = tuple(_pad(tensor, positions.shape) for tensor in self.read(self.rows[real]))
        weights = np.ones(len(real)) if self.weights is None else self.weights[real]
        return (
            tensors,
            _pad(self.labels[real], positions.shape),
            _pad(weights.astype(np.float32), positions.shape),
        )

    def part(self, chosen: np.ndarray) -> TrainingBatches:
        """The examples where `chosen` (n,) is true."""
        weights = None if self.weights is None else self.weights[chosen]
        return replace(self, rows=self.rows[chosen], labels=self.labels[chosen], weights=weights)


def _pad(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """(n, …) → (steps, batch, …), the last places zero."""
    missing = int(np.prod(shape)) - len(values)
    if missing:
        values = np.concatenate([values, np.zeros((missing, *values.shape[1:]), values.dtype)])
    return values.reshape(*shape, *values.shape[1:])


class Inference:
    """`tail` as a compiled function over whole sources; compiled once, used every epoch."""

    def __init__(self, tail: keras.Model) -> None:
        given = [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in tail.inputs]
        self._compiled = tf.function(
            lambda tensors: tail(tensors, training=False), input_signature=(given,), autograph=False
        )

    def __call__(self, source: TrainingBatches) -> np.ndarray:
        """Outputs for all examples in order, (n, …) float32."""
        return np.concatenate(list(self._batches(source)))[: len(source.rows)]

    def _batches(self, source: TrainingBatches) -> Iterator[np.ndarray]:
        for positions in source.in_order():
            tensors, _, _ = source.fetch(positions[None])
            yield np.asarray(self._compiled([tensor[0] for tensor in tensors]))
