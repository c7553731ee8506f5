from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.drawn_boxes import NO_ANSWERS, NOTHING
from tlcore.evaluate.detection.objects import MOST_ANSWERS, Detections, Objects, overlaps

SQUARE = np.array([[0.0, 0.0, 10.0, 10.0]])


def test_the_strongest_answers_are_those_with_the_highest_scores() -> None:
    scores = np.random.default_rng(0).permutation(300) / 300
    found = Detections(SQUARE.repeat(300, axis=0), scores, np.arange(300)).strongest()
    assert found.scores.tolist() == sorted(scores, reverse=True)[:MOST_ANSWERS]
    assert (scores[found.classes] == found.scores).all()


def test_answers_of_a_training_that_went_wrong_are_left_out() -> None:
    boxes = np.array([[0, 0, 1, 1], [0, np.nan, 1, 1], [0, 0, np.inf, 1], [0, 0, 1, 1]])
    found = Detections(boxes, np.array([np.nan, 0.9, 0.9, 0.2]), np.arange(4)).strongest()
    assert found.classes.tolist() == [3]


def test_a_float32_score_is_compared_as_what_it_is() -> None:
    score = np.float32(0.3)
    assert len(Detections(SQUARE, np.array([score]), np.zeros(1, int)).strongest(float(score))) == 1
    assert len(Detections(SQUARE, np.array([score]), np.zeros(1, int)).strongest(float(score) + 1e-12)) == 0


@pytest.mark.parametrize(
    ("boxes", "classes"),
    [(SQUARE, np.zeros(2, int)), (SQUARE[0], np.zeros(1, int)), (SQUARE * np.nan, np.zeros(1, int))],
    ids=["two classes", "no rows", "not finite"],
)
def test_objects_that_are_none(boxes: np.ndarray, classes: np.ndarray) -> None:
    with pytest.raises(ValueError):
        Objects(boxes, classes)


def test_answers_need_a_score_each() -> None:
    with pytest.raises(ValueError):
        Detections(SQUARE, np.zeros(2), np.zeros(1, int))


def test_overlaps_of_nothing() -> None:
    assert overlaps(NO_ANSWERS, Objects(SQUARE, np.zeros(1, int))).shape == (0, 1)
    assert overlaps(Detections(SQUARE, np.ones(1), np.zeros(1, int)), NOTHING).shape == (1, 0)
