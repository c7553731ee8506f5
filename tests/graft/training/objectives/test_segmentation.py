"""The objective of a segmenter, on answers that are right, wrong or not asked for."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tlcore.data.annotations.annotation import IGNORED
from tlcore.graft.training.objectives.segmentation import Segmentation

SIZE, CLASSES = 32, 3


@pytest.fixture(scope="module")
def objective() -> Segmentation:
    return Segmentation(CLASSES, SIZE)


def halves(left: int, right: int) -> np.ndarray:
    """A class map whose halves have these classes."""
    return np.repeat([[left] * (SIZE // 2) + [right] * (SIZE // 2)], SIZE, axis=0).astype(np.uint8)


def logits(class_map: np.ndarray, certainty: float = 20.0) -> np.ndarray:
    """Outputs (4, 4, classes) that are sure of the class in the middle of each of their places."""
    small = class_map[4::8, 4::8]
    return certainty * np.eye(CLASSES, dtype=np.float32)[np.where(small == IGNORED, 0, small)]


def loss(objective: Segmentation, *pairs: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    true, outputs = zip(*pairs, strict=True)
    return objective.losses(tf.constant(np.stack(true)), tf.constant(np.stack(outputs))).numpy()


def test_a_right_answer_costs_next_to_nothing(objective: Segmentation) -> None:
    whole = halves(1, 1)
    assert loss(objective, (whole, logits(whole)))[0] < 1e-3
    assert loss(objective, (whole, logits(halves(2, 2))))[0] > 10
    assert loss(objective, (whole, logits(halves(1, 2))))[0] > 5


def test_what_is_not_asked_for_changes_nothing(objective: Segmentation) -> None:
    asked = halves(1, IGNORED)
    here, there = logits(halves(1, 1)), logits(halves(1, 2))
    here[:, 2], there[:, 2] = 0, 0  # half of the way between two places lies in the other half
    first, second = (loss(objective, (asked, outputs))[0] for outputs in (here, there))
    np.testing.assert_allclose(first, second, rtol=1e-6, atol=1e-4)
    nothing = halves(IGNORED, IGNORED)
    assert loss(objective, (nothing, here))[0] == 0.0
    hits = objective.hits(tf.constant(np.stack([asked, nothing])), tf.constant(np.stack([there, here])))
    assert hits.numpy().tolist() == [1.0, 0.0]


def test_dice_is_of_the_classes_that_are_there(objective: Segmentation) -> None:
    """An unsure answer costs the same whether a third class exists or not, once it is given no chance."""
    outputs = logits(halves(0, 1), certainty=2.0) - 40 * np.eye(CLASSES, dtype=np.float32)[2]
    two = Segmentation(2, SIZE).losses(tf.constant(halves(0, 1)[None]), tf.constant(outputs[None, ..., :2]))
    assert loss(objective, (halves(0, 1), outputs))[0] == pytest.approx(two.numpy()[0], rel=1e-4)


def test_gradients_are_finite(objective: Segmentation) -> None:
    for true in (halves(0, 2), halves(IGNORED, 1), halves(IGNORED, IGNORED)):
        raw = tf.Variable(60 * logits(halves(2, 0)))
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(objective.losses(tf.constant(true[None]), raw[None]))
        assert np.isfinite(total.numpy()) and np.isfinite(tape.gradient(total, raw).numpy()).all()


def test_validation_and_answers(objective: Segmentation) -> None:
    true = np.stack([halves(1, 1), halves(2, 2), halves(IGNORED, 1)])
    outputs = np.stack([logits(halves(1, 1)), logits(halves(1, 1)), logits(halves(1, 1))])
    row = objective.validate([(true[:2], outputs[:2]), (true[2:], outputs[2:])])
    # Class 1: 1,024 + 512 pixels right, and 1,024 claimed wrongly; class 2: none.
    assert row["val_accuracy"] == pytest.approx((1536 / 2560 + 0) / 2) == objective.score(row)
    assert (objective.class_maps(outputs) == 1).all()
    chances = objective.chances(outputs)
    assert chances.shape == (3, SIZE, SIZE, CLASSES) and np.allclose(chances.sum(-1), 1, atol=1e-5)
    assert objective.validate([(np.full_like(true, IGNORED), outputs)])["val_accuracy"] == 0.0
