"""The objective of a classifier is Keras's own cross-entropy and the share of right answers."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from tlcore.config.training import TrainingConfig
from tlcore.graft.training.objectives import tasks
from tlcore.graft.training.objectives.classification import Classification, loss, plain_loss

CLASSES = 3
LOGITS = np.random.default_rng(0).normal(0, 2, (12, CLASSES)).astype(np.float32)
TRUE = np.random.default_rng(1).integers(CLASSES, size=12)


def test_losses_are_those_of_keras() -> None:
    expected = -np.take_along_axis(np.log(np.asarray(tf.nn.softmax(LOGITS))), TRUE[:, None], 1)[:, 0]
    assert plain_loss()(TRUE, LOGITS).numpy() == pytest.approx(expected, rel=1e-4)
    assert loss(TrainingConfig(), CLASSES)(TRUE, LOGITS).numpy() == pytest.approx(expected, rel=1e-4)
    smoothed = loss(TrainingConfig(label_smoothing=0.1), CLASSES)(tf.constant(TRUE), LOGITS)
    own = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1, reduction="none")
    assert smoothed.numpy() == pytest.approx(own(np.eye(CLASSES)[TRUE], LOGITS).numpy(), rel=1e-5)


def test_validation_is_without_smoothing() -> None:
    objective = Classification(TrainingConfig(label_smoothing=0.1), CLASSES)
    row = objective.validate([(TRUE[:5], LOGITS[:5]), (TRUE[5:], LOGITS[5:])])
    right = LOGITS.argmax(-1) == TRUE
    assert row["val_loss"] == pytest.approx(float(plain_loss()(TRUE, LOGITS).numpy().mean()))
    assert row["val_accuracy"] == right.mean() == objective.score(row)
    assert objective.hits(tf.constant(TRUE), tf.constant(LOGITS)).numpy().tolist() == right.tolist()


def test_only_tasks_that_say_where_have_their_own() -> None:
    assert tasks.of("images", 2, 64) is None and tasks.of("texts", 2, 64) is None
    detection, segmentation = tasks.of("detection", 2, 64), tasks.of("segmentation", 2, 64)
    assert detection and detection.target.shape == (None, 5) and detection.by_score
    assert segmentation and segmentation.target.shape == (64, 64) and segmentation.by_score
