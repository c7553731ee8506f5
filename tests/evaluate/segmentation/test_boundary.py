from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.drawn_areas import drawn_areas
from tlcore.data.annotations.annotation import IGNORED
from tlcore.evaluate.segmentation.boundary import NEAR, RIGHT, WITHIN, WRONG, mistake_map


def nearness(true: np.ndarray, within: int) -> np.ndarray:
    """Whether a boundary is at most so many pixels away, slowly: pixel by pixel."""
    height, width = true.shape
    beside = [
        (y, x)
        for y, x in np.ndindex(height, width)
        for v, h in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1))
        if 0 <= v < height and 0 <= h < width and true[v, h] != true[y, x]
    ]
    near = np.zeros(true.shape, bool)
    for y, x in beside:
        near[max(0, y - within + 1) : y + within, max(0, x - within + 1) : x + within] = True
    return near


@given(st.integers(0, 2**32), st.integers(1, 4))
@settings(max_examples=40)
def test_each_pixel_is_right_wrong_near_or_ignored(seed: int, within: int) -> None:
    (true,), (answered,) = drawn_areas(seed, 1, 3)
    found = mistake_map(true, answered, within)
    assert found.dtype == np.uint8 and found.shape == true.shape
    counted, near = true != IGNORED, nearness(true, within)
    assert ((found == IGNORED) == ~counted).all()
    assert ((found == RIGHT) == (counted & (true == answered))).all()
    assert ((found == NEAR) == (counted & (true != answered) & near)).all()
    assert ((found == WRONG) == (counted & (true != answered) & ~near)).all()


@pytest.mark.parametrize("within", [1, WITHIN])
def test_mistakes_at_a_boundary_are_told_from_those_in_the_middle(within: int) -> None:
    true = np.zeros((8, 20), np.uint8)
    true[:, 10:] = 1
    found = mistake_map(true, 1 - true, within)
    near = [x for x in range(20) if (found[:, x] == NEAR).all()]
    assert near == list(range(10 - within, 10 + within))
    assert (np.delete(found, near, axis=1) == WRONG).all()


def test_an_ignored_area_has_a_boundary() -> None:
    true = np.zeros((1, 20), np.uint8)
    true[:, 10] = IGNORED
    expected = [WRONG] * 8 + [NEAR] * 2 + [IGNORED] + [NEAR] * 2 + [WRONG] * 7
    assert mistake_map(true, np.ones_like(true), 2).tolist() == [expected]


def test_a_picture_of_one_class_has_no_boundary() -> None:
    true = np.zeros((5, 5), np.uint8)
    assert (mistake_map(true, np.ones_like(true)) == WRONG).all()
