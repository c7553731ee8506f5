"""The protocol of an objective. The training loop knows targets and outputs through it alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np
import tensorflow as tf

from tlcore.runs.metrics import MetricRow

TargetsAndOutputs = tuple[
    np.ndarray, np.ndarray
]  # targets (n, …) and the tail's outputs (n, …) for some examples


class Objective(Protocol):
    """The aim of a tail's outputs, for examples with their targets."""

    target: tf.TensorSpec  # of one example
    by_score: bool  # an epoch is better by its score on validation; else by its loss

    def losses(self, targets: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        """The loss of each example (n,) from targets (n, …) and the tail's outputs (n, …)."""

    def hits(self, targets: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        """How far each example is answered rightly, 0 to 1: (n,), or (n, heads) of several heads."""

    def validate(self, pairs: Iterable[TargetsAndOutputs]) -> MetricRow:
        """Scores on examples that are not trained on, some after others: the outputs of all would take
        gigabytes. `val_loss`, without smoothing or weights, and `val_accuracy`, the task's own score from 0
        to 1; others beside them.
        """

    def score(self, row: MetricRow) -> float:
        """The number by which epochs are compared, of a row that `validate` gave; more is better."""


def in_parts(pairs: Iterable[TargetsAndOutputs], most: int) -> Iterator[TargetsAndOutputs]:
    """The same examples, at most so many at a time."""
    for targets, outputs in pairs:
        for at in range(0, len(outputs), most):
            yield targets[at : at + most], outputs[at : at + most]
