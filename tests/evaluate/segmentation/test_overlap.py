"""Against scikit-learn; `tests/graft/finish/test_mean_iou.py` has Keras's own metric."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.drawn_areas import drawn_areas
from tlcore.data.annotations.annotation import IGNORED
from tlcore.evaluate.segmentation.overlap import (
    areas,
    count_pixels,
    intersection_over_union,
    mean_iou_interval,
)
from tlcore.evaluate.statistics import bootstrap


@given(st.integers(0, 2**32), st.sampled_from([1, 3, 255]), st.sampled_from([0.0, 0.3, 1.0]))
@settings(max_examples=40)
def test_as_scikit_learn_has_it(seed: int, classes: int, ignored: float) -> None:
    (true,), (answered,) = drawn_areas(seed, 1, classes, ignored)
    counts = count_pixels(true, answered, classes)
    counted = true != IGNORED
    expected = np.zeros((classes, classes), int)
    np.add.at(expected, (true[counted], answered[counted]), 1)
    assert (counts == expected).all()
    iou = intersection_over_union(areas(counts))
    labels = np.union1d(true[counted], answered[counted])
    assert np.flatnonzero(np.isfinite(iou)).tolist() == labels.tolist()
    if len(labels):
        pixels = true[counted], answered[counted]
        theirs = sklearn.metrics.jaccard_score(*pixels, labels=labels, average=None)
        assert iou[labels] == pytest.approx(theirs)


SMALL = np.zeros((2, 3), np.uint8)


@pytest.mark.parametrize(
    ("true", "answered"),
    [
        (SMALL, SMALL.T),
        (SMALL, SMALL.astype(int)),
        (SMALL + np.uint8(2), SMALL),
        (SMALL, SMALL + np.uint8(2)),
        (SMALL, SMALL + np.uint8(IGNORED)),
    ],
    ids=["sizes", "type", "no class", "no class answered", "ignored in an answer"],
)
def test_maps_that_are_none(true: np.ndarray, answered: np.ndarray) -> None:
    with pytest.raises(ValueError):
        count_pixels(true, answered, 2)


def test_what_is_answered_where_pixels_are_ignored_does_not_matter() -> None:
    true = np.full((4, 4), IGNORED, np.uint8)
    assert not count_pixels(true, np.ones((4, 4), np.uint8), 2).any()


def test_the_interval_is_of_the_score_over_all_pixels() -> None:
    maps = zip(*drawn_areas(0, 40, 3), strict=True)
    of_pictures = np.stack([areas(count_pixels(*pair, 3)) for pair in maps])
    measured = np.nanmean(intersection_over_union(of_pictures.sum(axis=0)))
    few, many = mean_iou_interval(of_pictures), mean_iou_interval(np.tile(of_pictures, (4, 1, 1)))
    assert few and many and few[0] < many[0] < measured < many[1] < few[1]


def test_intervals_hold_the_truth() -> None:
    """Of 120 sets of 30 pictures, each from the same 3,000; 95 in 100 would be exact."""
    maps = zip(*drawn_areas(1, 3000, 2), strict=True)
    of_pictures = np.stack([areas(count_pixels(*pair, 2)) for pair in maps])
    truth = bootstrap.mean_of_defined(intersection_over_union(of_pictures.sum(axis=0)))
    random = np.random.default_rng(0)
    sets = (of_pictures[random.choice(3000, 30, replace=False)] for _ in range(120))
    held = [low <= truth <= high for low, high in filter(None, map(mean_iou_interval, sets))]
    assert len(held) == 120 and 0.89 <= np.mean(held) <= 0.99


@pytest.mark.parametrize("n", [0, 1, 3])
def test_no_pictures_one_or_nothing_but_ignored_pixels_have_no_interval(n: int) -> None:
    assert mean_iou_interval(np.zeros((n, 3, 2), int)) is None
