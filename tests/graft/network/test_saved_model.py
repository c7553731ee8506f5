"""The proof of a saved detector: its boxes are compared with the nearest, in whatever order they come."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from tlcore.graft.network import saved_model
from tlcore.graft.network.saved_model import TOLERANCE

SIZE = 64


def detector_of(boxes: np.ndarray, scores: np.ndarray) -> keras.Model:
    """A model that answers every picture with these boxes, all of one class."""
    picture = keras.Input((2,))
    nothing = keras.ops.sum(picture, axis=1, keepdims=True) * 0.0
    answers = {
        "boxes": keras.ops.expand_dims(nothing, -1) + boxes[None],
        "scores": nothing + scores[None],
        "classes": nothing + np.zeros_like(scores)[None],
    }
    return keras.Model(picture, answers)


BOXES = np.array([[0, 0, 20, 20], [30, 30, 60, 60], [5, 40, 25, 60]], np.float32)
SCORES = np.array([0.8, 0.8 - 1e-5, 0.1], np.float32)
SWAPPED = [1, 0, 2]


def moved(box: int, pixels: float) -> np.ndarray:
    found = BOXES.copy()
    found[box] += pixels
    return found


@pytest.mark.parametrize(
    ("boxes", "scores", "is_same"),
    [
        (BOXES, SCORES, True),
        (BOXES[SWAPPED], SCORES, True),  # half a precision is enough to change places
        (moved(2, 20), SCORES, True),  # the last place may go to others
        (moved(1, 1), SCORES, False),
        (BOXES, SCORES * 0.9, False),
        (BOXES[[0, 0, 2]], SCORES, False),
        (BOXES * np.nan, SCORES, False),
        (BOXES, SCORES * np.nan, False),
    ],
    ids=["same", "order", "last", "moved", "surer", "lost one", "no box", "no score"],
)
def test_boxes_are_held_against_the_nearest(boxes: np.ndarray, scores: np.ndarray, is_same: bool) -> None:
    pair = (BOXES, SCORES), (boxes.astype(np.float32), scores.astype(np.float32))
    one, other = (
        saved_model.comparable(detector_of(*answers)(np.zeros((1, 2), np.float32)), SIZE)[0]
        for answers in pair
    )
    assert (saved_model._difference(one, other) <= TOLERANCE) == is_same
    assert (saved_model._difference(other, one) <= TOLERANCE) == is_same
