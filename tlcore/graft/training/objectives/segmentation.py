"""The objective of a segmenter: cross-entropy of each pixel's class, and Dice, by which small areas count.

Targets of a picture are its class map in the view, (size, size) uint8, 255 where nothing is asked. Outputs
are the tail's logits, (size / 8, size / 8, classes).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import tensorflow as tf

from tlcore.data.annotations.annotation import IGNORED
from tlcore.evaluate.segmentation import overlap
from tlcore.graft.training.objectives.objective import TargetsAndOutputs, in_parts
from tlcore.runs.metrics import MetricRow

AT_ONCE = 16  # pictures


class Segmentation:
    """The class of every pixel."""

    by_score = True

    def __init__(self, classes: int, size: int) -> None:
        self.classes, self.size = classes, size
        self.target = tf.TensorSpec((size, size), tf.uint8)

    def losses(self, targets: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        logits = self._to_pixels(outputs)
        asked = tf.cast(targets != IGNORED, tf.float32)
        true = tf.cast(tf.where(targets == IGNORED, tf.zeros_like(targets), targets), tf.int32)
        entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(true, logits) * asked
        mean = tf.math.divide_no_nan(tf.reduce_sum(entropy, (1, 2)), tf.reduce_sum(asked, (1, 2)))
        return mean + self._dice(true, logits, asked)

    def _dice(self, true: tf.Tensor, logits: tf.Tensor, asked: tf.Tensor) -> tf.Tensor:
        """One minus the Dice overlap over the whole batch, the mean of its classes, for each picture (n,).

        Over the batch, since a class may be missing from a picture.
        """
        chances = tf.nn.softmax(logits) * asked[..., None]
        ones = tf.one_hot(true, self.classes) * asked[..., None]
        shared, both = tf.reduce_sum(chances * ones, (0, 1, 2)), tf.reduce_sum(chances + ones, (0, 1, 2))
        present = tf.cast(tf.reduce_sum(ones, (0, 1, 2)) > 0, tf.float32)
        dice = tf.math.divide_no_nan(2 * shared + 1, both + 1)
        loss = tf.math.divide_no_nan(tf.reduce_sum((1 - dice) * present), tf.reduce_sum(present))
        return tf.repeat(loss, tf.shape(logits)[0])

    def hits(self, targets: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        """The share of a picture's pixels with the right class."""
        named = tf.argmax(self._to_pixels(outputs), -1, tf.int32)
        asked = tf.cast(targets != IGNORED, tf.float32)
        right = tf.cast(named == tf.cast(targets, tf.int32), tf.float32) * asked
        return tf.math.divide_no_nan(tf.reduce_sum(right, (1, 2)), tf.reduce_sum(asked, (1, 2)))

    def validate(self, pairs: Iterable[TargetsAndOutputs]) -> MetricRow:
        losses, counts = [], np.zeros((self.classes, self.classes), np.int64)
        for targets, outputs in in_parts(pairs, AT_ONCE):
            losses.append(np.asarray(self.losses(tf.constant(targets), tf.constant(outputs))))
            for true, found in zip(targets, self.class_maps(outputs), strict=True):
                counts += overlap.count_pixels(true, found, self.classes)
        ious = overlap.intersection_over_union(overlap.areas(counts))
        mean = float(np.nanmean(ious)) if np.isfinite(ious).any() else 0.0
        return {"val_loss": float(np.concatenate(losses).mean()), "val_accuracy": mean}

    def score(self, row: MetricRow) -> float:
        return float(row["val_accuracy"])

    def chances(self, outputs: np.ndarray) -> np.ndarray:
        """The chance of each class at every pixel, (n, size, size, classes)."""
        return np.asarray(tf.nn.softmax(self._to_pixels(tf.constant(outputs))))

    def class_maps(self, outputs: np.ndarray) -> np.ndarray:
        """The likeliest class of every pixel, (n, size, size) uint8."""
        return np.asarray(tf.cast(tf.argmax(self._to_pixels(tf.constant(outputs)), -1), tf.uint8))

    def _to_pixels(self, logits: tf.Tensor) -> tf.Tensor:
        return tf.image.resize(logits, (self.size, self.size), "bilinear")
