"""Which places of a detector answer for which object."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from tlcore.graft.training.objectives.assignment import TOP, Assignment, assign

SIDE = 8
CENTRES = (np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), -1).reshape(-1, 2) * 8 + 4).astype(
    np.float32
)
P = len(CENTRES)


def assigned(
    objects: list[tuple[float, ...]],
    classes: list[int],
    boxes: np.ndarray | None = None,
    scores: np.ndarray | None = None,
) -> Assignment:
    """For one picture, by default one whose places all draw the first object and are unsure of its class."""
    boxes = np.tile(np.array(objects[:1]), (P, 1)) if boxes is None else boxes
    scores = np.full((P, 2), 0.1) if scores is None else scores
    return assign(
        *(tf.constant(values[None], tf.float32) for values in (scores, boxes, np.array(objects))),
        tf.constant([classes]),
        tf.constant(CENTRES),
    )


def test_an_object_takes_ten_places_within_it_at_most() -> None:
    certain = np.random.default_rng(0).uniform(0.1, 0.9, (P, 2))
    found = assigned([(0, 0, 64, 64)], [1], scores=certain)
    chosen = np.flatnonzero(found.answers[0])
    assert set(chosen) == set(np.argsort(-certain[:, 1])[:TOP])
    assert found.scores.numpy()[0, :, 0].max() == 0
    assert np.isclose(found.scores.numpy()[0, :, 1].max(), 1.0, atol=1e-3)  # as well as it is drawn
    small = assigned([(1, 1, 15, 7)], [0])
    assert np.flatnonzero(small.answers[0]).tolist() == [0, 1]


def test_so_it_is_where_all_places_agree_alike() -> None:
    assert assigned([(0, 0, 64, 64)], [0]).answers.numpy().sum() == TOP
    nothing_drawn = assigned([(0, 0, 64, 64)], [0], boxes=np.zeros((P, 4)))
    assert nothing_drawn.answers.numpy().sum() == TOP


def test_what_is_no_object_takes_no_place() -> None:
    found = assigned([(0, 0, 64, 64), (0, 0, 32, 32)], [-1, -1])
    assert not found.answers.numpy().any() and not found.scores.numpy().any()


def test_an_object_between_the_places_takes_none() -> None:
    found = assigned([(5, 5, 11, 11)], [0])
    assert not found.answers.numpy().any() and np.isfinite(found.scores.numpy()).all()


def test_a_place_answers_for_the_object_that_it_draws_best() -> None:
    big, small = (0, 0, 64, 64), (16, 16, 40, 40)
    boxes = np.array([small if 16 < x < 40 and 16 < y < 40 else big for x, y in CENTRES], float)
    found = assigned([big, small], [0, 1], boxes=boxes)
    for place in np.flatnonzero(found.answers[0]):
        one = boxes[place].tolist() == list(small)
        assert found.boxes.numpy()[0, place].tolist() == list(small if one else big)
        assert (found.scores.numpy()[0, place] > 0).tolist() == [not one, one]


def test_of_two_equal_objects_each_place_answers_for_one() -> None:
    found = assigned([(8, 8, 40, 40)] * 2, [0, 1])
    scores = found.scores.numpy()[0]
    assert found.answers.numpy().sum() >= 1
    assert (np.count_nonzero(scores, axis=1) <= 1).all() and np.isfinite(scores).all()
