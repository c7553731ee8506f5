"""The objective of a detector: quality focal loss on scores (Li et al., 2020) and CIoU on boxes.

Targets of a picture are (m, 5) float32: class number, or −1 for no object, left, top, right, bottom in pixels
of its view. Outputs are the tail's: (places, classes + 4).
"""

from __future__ import annotations

from collections.abc import Iterable

import keras
import numpy as np
import tensorflow as tf

from tlcore.evaluate.detection import average_precision
from tlcore.evaluate.detection.objects import LOWEST_SCORE, Detections, Objects
from tlcore.graft.network.dense import detector
from tlcore.graft.training.objectives.assignment import assign
from tlcore.graft.training.objectives.objective import TargetsAndOutputs, in_parts
from tlcore.runs.metrics import MetricRow

FOCUS = 1.5  # power of how far off a score is, by which its loss counts
SCORES_WEIGHT, BOXES_WEIGHT = 2.0, 2.0
FOUND_OVERLAP, FOUND_LOGIT = 0.5, -1.0  # of a training object that counts as found: a score of 0.27
AT_ONCE = 16  # pictures that are scored or suppressed at a time: each place is compared with each object


class Detection:
    """Boxes and classes of a picture's objects.

    Args:
        size: of the letter-boxed picture, in pixels.
    """

    target = tf.TensorSpec((None, 5), tf.float32)
    by_score = True

    def __init__(self, classes: int, size: int) -> None:
        self.classes, self.size = classes, size
        self._centres = tf.constant(detector.places(size)[0])
        raw = keras.Input((len(self._centres), classes + 4))
        self._answer = tf.function(
            keras.Model(raw, detector.add_detections(raw, size)), reduce_retracing=True, autograph=False
        )

    def losses(self, targets: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        """(n,). The sum over places is divided by what all pictures of the batch should score together."""
        logits, boxes = outputs[..., :-4], detector.boxes_of(outputs, self.size)
        scores = tf.sigmoid(logits)
        wanted = assign(
            tf.stop_gradient(scores),
            tf.stop_gradient(boxes),
            targets[..., 1:],
            tf.cast(targets[..., 0], tf.int32),
            self._centres,
        )
        total = tf.maximum(tf.reduce_sum(wanted.scores), 1.0) / tf.cast(tf.shape(outputs)[0], tf.float32)
        off = tf.stop_gradient(tf.abs(scores - wanted.scores) ** FOCUS)
        entropy = tf.nn.sigmoid_cross_entropy_with_logits(wanted.scores, logits) * off
        ciou = keras.utils.bounding_boxes.compute_ciou(boxes, wanted.boxes, "xyxy")
        drawn = (1 - ciou) * tf.reduce_sum(wanted.scores, -1) * wanted.answers
        return (
            SCORES_WEIGHT * tf.reduce_sum(entropy, (1, 2)) + BOXES_WEIGHT * tf.reduce_sum(drawn, 1)
        ) / total

    def hits(self, targets: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        """The share of a picture's objects that some place draws and names rightly; 1 where there is none."""
        boxes = detector.boxes_of(outputs, self.size)
        overlap = keras.utils.bounding_boxes.compute_iou(targets[..., 1:], boxes, "xyxy")
        logits = outputs[..., :-4]
        named = tf.cast(tf.argmax(logits, -1), tf.float32)[:, None]
        is_sure = (tf.reduce_max(logits, -1) >= FOUND_LOGIT)[:, None]
        right = (overlap >= FOUND_OVERLAP) & (named == targets[..., :1]) & is_sure
        is_object = tf.cast(targets[..., 0] >= 0, tf.float32)
        found = tf.cast(tf.reduce_any(right, -1), tf.float32) * is_object
        count = tf.reduce_sum(is_object, 1)
        return tf.where(count > 0, tf.math.divide_no_nan(tf.reduce_sum(found, 1), count), 1.0)

    def validate(self, pairs: Iterable[TargetsAndOutputs]) -> MetricRow:
        losses: list[np.ndarray] = []
        truth: list[Objects] = []
        answers: list[Detections] = []
        for targets, outputs in in_parts(pairs, AT_ONCE):
            losses.append(np.asarray(self.losses(tf.constant(targets), tf.constant(outputs))))
            truth += map(objects_of, targets)
            answers += self.answers(outputs)
        map50, mean = average_precision.mean_average_precisions(truth, answers, self.classes)
        return {
            "val_loss": float(np.concatenate(losses).mean()),
            "val_accuracy": map50 or 0.0,
            "val_map": mean or 0.0,
        }

    def score(self, row: MetricRow) -> float:
        return float(row["val_map"])

    def answers(self, outputs: np.ndarray) -> list[Detections]:
        """The detections of each picture, surest first, in pixels of its view."""
        parts = self._answer(tf.constant(outputs))
        answers = []
        arrays = (np.asarray(parts[name]) for name in ("boxes", "scores", "classes"))
        for boxes, scores, classes in zip(*arrays, strict=True):
            sure = scores > LOWEST_SCORE
            answers.append(Detections(boxes[sure], scores[sure], classes[sure].astype(int)))
        return answers


def objects_of(target: np.ndarray) -> Objects:
    """The objects in a target (m, 5)."""
    there = target[:, 0] >= 0
    return Objects(target[there, 1:].astype(float), target[there, 0].astype(int))
