"""Suppression in the graph against the plain greedy loop."""

from __future__ import annotations

import functools

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from tlcore.graft.network.dense.suppression import MOST, OVERLAP, overlaps, suppress

SIZE = 64
Found = list[tuple[int, float, tuple[float, ...]]]


def iou(one: np.ndarray, other: np.ndarray) -> float:
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])
    shared = float(np.prod(np.maximum(high - low, 0)))
    both = float(np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2])) - shared
    return shared / both if both > 0 else 0.0


def greedy(boxes: np.ndarray, scores: np.ndarray) -> Found:
    """Each class for itself, the surest first; a box stays unless it overlaps one that stayed."""
    kept: Found = []
    for kind in range(scores.shape[1]):
        own: list[int] = []
        for place in np.argsort(-scores[:, kind], kind="stable"):
            if all(iou(boxes[place], boxes[other]) <= OVERLAP for other in own):
                own.append(int(place))
        kept += [(kind, float(scores[place, kind]), tuple(boxes[place].tolist())) for place in own]
    return sorted(kept, key=lambda found: -found[1])[:MOST]


@functools.cache
def graph(places: int, classes: int) -> keras.Model:
    """Suppression as it stands in a saved model."""
    inputs = keras.Input((places, 4)), keras.Input((places, classes))
    return keras.Model(inputs, suppress(*inputs, SIZE))


def suppressed(boxes: np.ndarray, scores: np.ndarray, copies: int = 1) -> Found:
    """The boxes that stay in one picture, by itself or among copies of it."""
    batch = [np.repeat(part[None], copies, axis=0) for part in (boxes, scores)]
    found = [np.asarray(part)[-1] for part in graph(*scores.shape)(batch)]
    return [
        (int(kind), float(score), tuple(box.tolist()))
        for box, score, kind in zip(*found, strict=True)
        if score
    ]


def clusters(seed: int, objects: int, each: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Boxes around some objects, each a little off, with scores that all differ."""
    random = np.random.default_rng(seed)
    low = random.uniform(0, 40, (objects, 1, 2))
    corners = np.concatenate([low, low + random.uniform(4, 24, (objects, 1, 2))], 2)
    boxes = np.clip(corners + random.normal(0, 1, (objects, each, 4)), 0, SIZE).reshape(-1, 4)
    boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2])
    scores = random.permutation(len(boxes) * classes).reshape(-1, classes) + 1.0
    return boxes.astype(np.float32), (scores / scores.size).astype(np.float32)


@limits(max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from([1, 7]), st.sampled_from([1, 6]), st.sampled_from([1, 3]))
def test_what_stays_is_what_the_greedy_loop_keeps(seed: int, objects: int, each: int, classes: int) -> None:
    boxes, scores = clusters(seed, objects, each, classes)
    assert suppressed(boxes, scores) == greedy(boxes, scores) == suppressed(boxes, scores, copies=2)


@pytest.mark.parametrize(
    "boxes",
    [
        [[5, 5, 5, 20]] * 4,  # without a width
        [[0, 0, 64, 64]] * 4,
        [[0, 0, 64, 64], [64, 64, 64, 64], [0, 0, 0, 0], [0, 0, 64, 64]],
    ],
)
def test_degenerate_boxes(boxes: list[list[float]]) -> None:
    pixels, scores = np.array(boxes, np.float32), np.array([[0.9], [0.8], [0.7], [0.6]], np.float32)
    assert suppressed(pixels, scores) == greedy(pixels, scores)
    assert np.isfinite(np.asarray(overlaps(pixels[None]))).all()


def test_one_box_of_two_classes_is_two_detections() -> None:
    found = suppressed(np.array([[3, 3, 9, 9]], np.float32), np.array([[0.5, 0.75]], np.float32))
    assert [(kind, score) for kind, score, _ in found] == [(1, 0.75), (0, 0.5)]


def test_a_picture_full_of_objects_gives_the_surest_hundred() -> None:
    x, y = np.meshgrid(np.arange(16) * 4.0, np.arange(16) * 4.0)
    boxes = np.stack([x, y, x + 4, y + 4], -1).reshape(-1, 4).astype(np.float32)
    scores = (np.random.default_rng(0).permutation(256)[:, None] + 1).astype(np.float32) / 257
    found = suppressed(boxes, scores)
    assert (
        len(found) == MOST and [score for _, score, _ in found] == sorted(scores.ravel().tolist())[:-101:-1]
    )
