"""The objective of a detector, on outputs that are perfect, hopeless or odd."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tlcore.evaluate.detection.objects import Objects
from tlcore.graft.network.dense.detector import boxes_of, places
from tlcore.graft.training.objectives.assignment import assign
from tlcore.graft.training.objectives.detection import AT_ONCE, Detection, objects_of

SIZE, CLASSES = 64, 2
NONE = (-1, 0, 0, 0, 0)
ONE = ((0, 6, 4, 26, 30), NONE, NONE)
TWO = ((1, 0, 0, 40, 40), (0, 36, 36, 62, 60), NONE)
ODD = ((0, 5, 5, 5, 30), (1, 64, 64, 64, 64), (1, 0, 0, 64, 64))  # without a width, a point, everything


@pytest.fixture(scope="module")
def objective() -> Detection:
    return Detection(CLASSES, SIZE)


def targets(*pictures: tuple[tuple[int, ...], ...]) -> tf.Tensor:
    return tf.constant(pictures, tf.float32)


def drawn(truth: tf.Tensor, certainty: float = 12.0) -> tf.Tensor:
    """Outputs that are sure of the smallest object around each place, and of nothing elsewhere."""
    centres, strides = places(SIZE)
    out = np.full((len(truth), len(centres), CLASSES + 4), -certainty, np.float32)
    for picture, objects in zip(out, truth.numpy(), strict=True):
        for number, *box in sorted(objects.tolist(), key=lambda o: -(o[3] - o[1]) * (o[4] - o[2])):
            sides = np.concatenate([centres - box[:2], box[2:] - centres], 1)
            inside = (sides > 0).all(1) & (number >= 0)
            picture[inside, :-4] = -certainty
            picture[inside, int(number)] = certainty
            shares = np.maximum(sides[inside] / (2.0 * strides[inside, None]), 1e-3)
            picture[inside, -4:] = np.log(np.expm1(shares))  # the inverse of softplus
    return tf.constant(out)


def perfect(truth: tf.Tensor) -> tf.Tensor:
    """As `drawn`, and silent at the places that answer for nothing."""
    raw = drawn(truth)
    wanted = assign(
        tf.sigmoid(raw[..., :-4]),
        boxes_of(raw, SIZE),
        truth[..., 1:],
        tf.cast(truth[..., 0], tf.int32),
        tf.constant(places(SIZE)[0]),
    )
    logits = tf.where(wanted.answers[..., None] > 0, raw[..., :-4], -12.0)
    return tf.concat([logits, raw[..., -4:]], -1)


def test_a_perfect_output_costs_next_to_nothing(objective: Detection) -> None:
    truth = targets(ONE, TWO, (NONE,) * 3)
    right = perfect(truth)
    misnamed = tf.concat([right[..., 1:2], right[..., :1], right[..., 2:]], -1)
    assert (objective.losses(truth, right).numpy() < 0.01).all()
    assert (objective.losses(truth, misnamed).numpy() > 1).tolist() == [True, True, False]
    assert objective.hits(truth, right).numpy().tolist() == [1, 1, 1]
    assert objective.hits(truth, tf.fill(right.shape, -4.0)).numpy().tolist() == [0, 0, 1]
    row = objective.validate([(truth.numpy(), right.numpy())])
    assert row["val_accuracy"] == row["val_map"] == pytest.approx(1.0)
    assert objective.score(row) == row["val_map"]


@pytest.mark.parametrize("picture", [ONE, TWO, ODD, (NONE,) * 3])
def test_gradients_are_finite(objective: Detection, picture: tuple[tuple[int, ...], ...]) -> None:
    truth = targets(picture)
    random = np.random.default_rng(0).normal(0, 3, drawn(truth).shape)
    for start in (random, np.zeros_like(random), 40 * random):
        raw = tf.Variable(start, dtype=tf.float32)
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(objective.losses(truth, raw))
        assert np.isfinite(loss.numpy()) and np.isfinite(tape.gradient(loss, raw).numpy()).all()


def test_validation_looks_at_some_pictures_at_a_time(
    objective: Detection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each place is compared with each object: all at once would take gigabytes."""
    most, losses = [], objective.losses
    monkeypatch.setattr(objective, "losses", lambda t, o: most.append(len(t)) or losses(t, o))
    truth = targets(*[ONE, TWO] * AT_ONCE)
    assert objective.validate([(truth.numpy(), drawn(truth).numpy())])["val_accuracy"] == pytest.approx(1.0)
    assert most == [AT_ONCE, AT_ONCE]


def test_objects_of_a_target() -> None:
    found = objects_of(np.array(TWO, np.float32))
    assert isinstance(found, Objects) and found.classes.tolist() == [1, 0]
    assert found.boxes.tolist() == [[0, 0, 40, 40], [36, 36, 62, 60]]
