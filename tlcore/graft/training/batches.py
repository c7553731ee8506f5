"""The examples for training and scoring: rows of cut tensors with class numbers and weights.

No engine, view, cache or task appears here; a `FeatureReader` answers row numbers with tensors.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import keras
import numpy as np
import tensorflow as tf

from tlcore.graft.cache.features import FeatureReader
from tlcore.graft.inputs.protocol import TargetReader, Tensors


@dataclass(frozen=True)
class TrainingBatches:
    """Examples in batches of cut tensors, with class numbers and weights."""

    read: FeatureReader
    rows: np.ndarray  # (n,), or (n, views) to draw one from in each epoch
    labels: np.ndarray  # (n,) class numbers
    batch_size: int
    weights: np.ndarray | None = None  # (n,) of each in the loss; None: all the same
    targets: TargetReader | None = None  # of rows, where a view has its own; None: the labels

    @property
    def steps(self) -> int:
        return -(-len(self.rows) // self.batch_size)

    def epoch_view(self, seed: int, epoch: int) -> TrainingBatches:
        """The examples in that epoch: one view of each, another one than in the epoch before.

        Every view has its turn once in as many epochs as there are views.
        """
        if self.rows.ndim == 1:
            return self
        n, views = self.rows.shape
        first = np.random.default_rng(seed).integers(views, size=n)
        return replace(self, rows=self.rows[np.arange(n), (first + epoch) % views])

    def shuffle(self, seed: int, epoch: int) -> np.ndarray:
        """Positions by step (steps, batch), shuffled for that epoch; −1 fills the last batch."""
        return self._group_by_step(np.random.default_rng([seed, epoch]).permutation(len(self.rows)))

    def ordered(self) -> np.ndarray:
        """Positions by step, unshuffled."""
        return self._group_by_step(np.arange(len(self.rows)))

    def _group_by_step(self, positions: np.ndarray) -> np.ndarray:
        padded = np.full(self.steps * self.batch_size, -1)
        padded[: len(positions)] = positions
        return padded.reshape(self.steps, self.batch_size)

    def fetch(self, positions: np.ndarray) -> tuple[Tensors, np.ndarray, np.ndarray]:
        """Tensors (steps, batch, …), class numbers and weights (steps, batch); fillers weigh nothing.

        Where a view has its own targets they come in place of the class numbers, (steps, batch, …).
        Fillers stand at the end and are zeros: nothing is read or computed for them.
        """
        flat = positions.ravel()
        real = flat[flat >= 0]
        tensors = tuple(_pad(tensor, positions.shape) for tensor in self.read(self.rows[real]))
        weights = np.ones(len(real)) if self.weights is None else self.weights[real]
        return (
            tensors,
            _pad(self._targets_of(real), positions.shape),
            _pad(weights.astype(np.float32), positions.shape),
        )

    def _targets_of(self, positions: np.ndarray) -> np.ndarray:
        if self.targets is None:
            return self.labels[positions]
        return self.targets(self.rows[positions])

    def subset(self, mask: np.ndarray) -> TrainingBatches:
        """The examples where `mask` (n,) is true."""
        weights = None if self.weights is None else self.weights[mask]
        return replace(self, rows=self.rows[mask], labels=self.labels[mask], weights=weights)


def _pad(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """(n, …) → (steps, batch, …), the last places zero."""
    missing = int(np.prod(shape)) - len(values)
    if missing:
        values = np.concatenate([values, np.zeros((missing, *values.shape[1:]), values.dtype)])
    return values.reshape(*shape, *values.shape[1:])


class Inference:
    """`tail` as a function over all batches."""

    def __init__(self, tail: keras.Model) -> None:
        self._compiled = _compile(tail)

    def __call__(self, batches: TrainingBatches) -> np.ndarray:
        """Outputs for all examples in order, (n, …) float32."""
        return np.concatenate([outputs for _, outputs in self.batch_pairs(batches)])

    def batch_pairs(self, batches: TrainingBatches) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Targets and outputs for the examples in order, (n, …) each, batch by batch."""
        for positions in batches.ordered():
            tensors, targets, _ = batches.fetch(positions[None])
            outputs = np.asarray(self._compiled([tensor[0] for tensor in tensors]))
            real = int((positions >= 0).sum())
            yield targets[0, :real], outputs[:real]


@functools.lru_cache(maxsize=1)
def _compile(tail: keras.Model) -> Callable[[list[tf.Tensor]], tf.Tensor]:
    """Compiled once for all that asks it, in every epoch and after the last: with blocks unfrozen it takes a
    second each time.
    """
    inputs = [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in tail.inputs]
    return tf.function(
        lambda tensors: tail(tensors, training=False), input_signature=(inputs,), autograph=False
    )
