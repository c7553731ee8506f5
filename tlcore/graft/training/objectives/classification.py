"""The objective of a classifier: cross-entropy of class numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import keras
import numpy as np
import tensorflow as tf

from tlcore.config.training import TrainingConfig
from tlcore.evaluate import validation_sample
from tlcore.graft.training.objectives.objective import TargetsAndOutputs
from tlcore.runs.metrics import MetricRow

Loss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


class Classification:
    """Class numbers () int64 as targets, logits (classes,) as outputs."""

    target = tf.TensorSpec((), tf.int64)

    def __init__(self, recipe: TrainingConfig, classes: int, by_score: bool = False) -> None:
        self.losses = loss(recipe, classes)
        self.by_score = by_score

    def hits(self, targets: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        return tf.cast(tf.equal(tf.argmax(outputs, -1, targets.dtype), targets), tf.float32)

    def validate(self, pairs: Iterable[TargetsAndOutputs]) -> MetricRow:
        targets, outputs = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
        losses = np.asarray(plain_loss()(targets, outputs))
        right = outputs.argmax(-1) == targets
        return {
            "val_loss": float(losses.mean()),
            "val_accuracy": float(right.mean()),
            validation_sample.NAME: validation_sample.pack(targets, right),
        }

    def score(self, row: MetricRow) -> float:
        return float(row["val_accuracy"])


def loss(recipe: TrainingConfig, classes: int) -> Loss:
    """Per-example loss (n,) from class numbers (n,) and logits (n, classes), as training minimises it."""
    if recipe.loss == "categorical_crossentropy" or recipe.label_smoothing:
        categorical = keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=recipe.label_smoothing, reduction="none"
        )
        return lambda true, logits: categorical(tf.one_hot(true, classes), logits)
    return plain_loss()


def plain_loss() -> Loss:
    """The loss without smoothing, for validation: so runs can be compared."""
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")
