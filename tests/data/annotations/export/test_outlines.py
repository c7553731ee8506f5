from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as arrays

from tlcore.data.annotations.annotation import Annotation, Area
from tlcore.data.annotations.areas import draw, outline
from tlcore.data.annotations.export.outlines import outlines

PIXELS = arrays.arrays(bool, arrays.array_shapes(min_dims=2, max_dims=2, max_side=9))


def filled(found: list[list[tuple[int, int]]], shape: tuple[int, ...]) -> np.ndarray:
    areas = tuple(
        Area("cat", (outline([float(number) for point in one for number in point]),)) for one in found
    )
    return draw(Annotation("a", "b", areas=areas), {"cat": 1}, (1, 1), (shape[1], shape[0])).astype(bool)


def connected(pixels: np.ndarray) -> int:
    """How many areas there are whose pixels share sides, counted by spreading out."""
    rest = {*map(tuple, np.argwhere(pixels).tolist())}
    count = 0
    while rest:
        count, edge = count + 1, [rest.pop()]
        while edge:
            y, x = edge.pop()
            near = {(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)} & rest
            rest -= near
            edge += near
    return count


@given(PIXELS)
def test_filled_outlines_are_the_pixels_again(pixels: np.ndarray) -> None:
    found = outlines(pixels)
    assert len(found) == connected(pixels)
    assert (filled(found, pixels.shape) == pixels).all()


@pytest.mark.parametrize("seed", range(60))
def test_areas_that_touch_in_corners(seed: int) -> None:
    random = np.random.default_rng(seed)
    pixels = random.random((11, 12)) < random.uniform(0.5, 0.9)
    found = outlines(pixels)
    assert len(found) == connected(pixels)
    assert (filled(found, pixels.shape) == pixels).all()


@pytest.mark.parametrize("seed", range(3))
def test_areas_in_holes_in_areas(seed: int) -> None:
    rings = np.add.outer((np.arange(40) - 20) ** 2, (np.arange(50) - 25) ** 2) // 40 % 2 == 0
    speckled = rings ^ (np.random.default_rng(seed).random(rings.shape) < 0.05)
    assert (filled(outlines(speckled), speckled.shape) == speckled).all()


def test_corners_alone_are_told() -> None:
    block = np.zeros((9, 9), bool)
    block[2:7, 3:8] = True
    assert outlines(block) == [[(8, 2), (8, 7), (3, 7), (3, 2)]]
    block[4, 5] = False
    assert [len(one) for one in outlines(block)] == [4 + 1 + 4 + 1]
    assert outlines(np.zeros((3, 3), bool)) == []
