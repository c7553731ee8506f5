from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tlcore.evaluate.statistics import pr_roc


def _random(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """A mask of the class among `n` examples, and their chances."""
    random = np.random.default_rng(seed)
    chances = random.random(n)
    return random.random(n) < 0.3 + 0.4 * chances, chances.astype(np.float32)


TENTHS = np.arange(10) / 10


@pytest.mark.parametrize(
    ("is_one", "chances", "average", "area"),
    [
        pytest.param(np.array([True]), np.array([0.3]), 1.0, None, id="one example, of the class"),
        pytest.param(np.array([False]), np.array([0.3]), None, None, id="one example, of another"),
        pytest.param(np.zeros(5, bool), np.linspace(0, 1, 5), None, None, id="none of the class"),
        pytest.param(np.ones(5, bool), np.linspace(0, 1, 5), 1.0, None, id="nothing else"),
        pytest.param(np.array([True, False, True, False]), np.full(4, 0.5), 0.5, 0.5, id="all the same"),
        pytest.param(np.arange(10) >= 5, TENTHS, 1.0, 1.0, id="perfect"),
        pytest.param(np.arange(10) < 5, TENTHS, 0.3544, 0.0, id="upside down"),
        pytest.param(np.zeros(0, bool), np.zeros(0), None, None, id="no examples"),
    ],
)
def test_a_curve_is_there_where_it_is_defined(
    is_one: np.ndarray, chances: np.ndarray, average: float | None, area: float | None
) -> None:
    assert pr_roc.average_precision(is_one, chances) == pytest.approx(average, abs=1e-4)
    assert pr_roc.area(pr_roc.roc(is_one, chances)) == pytest.approx(area)
    assert (pr_roc.precision_recall(is_one, chances) is None) == (average is None)
    assert (pr_roc.roc(is_one, chances) is None) == (area is None)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=30))
def test_whatever_ties_there_are(drawn: list[tuple[bool, int]]) -> None:
    """The area is the share of pairs in the right order, a tie counting half; no corner is left out."""
    is_one, chances = np.array([one for one, _ in drawn]), np.array([chance / 5 for _, chance in drawn])
    points = pr_roc.roc(is_one, chances)
    if points is None:
        return
    difference = chances[is_one][:, None] - chances[~is_one]
    assert pr_roc.area(points) == pytest.approx(((difference > 0) + 0.5 * (difference == 0)).mean())
    assert len(points[0]) == 1 + len(set(chances))


UNIT = st.floats(0, 1)
LINES = st.integers(1, 300).flatmap(lambda n: arrays.arrays(np.float64, (2, n), elements=UNIT))


@given(LINES, st.integers(2, 40))
def test_a_thinned_line_keeps_its_ends_and_no_more_than_asked(line: np.ndarray, most: int) -> None:
    corners = pr_roc.corners(*line, most)
    assert list(corners) == sorted(set(corners)) and len(corners) <= most
    assert corners[0] == 0 and corners[-1] == line.shape[1] - 1


def test_a_thinned_line_keeps_corners_and_drops_what_is_straight() -> None:
    x = np.concatenate([np.zeros(50), np.linspace(0, 1, 50)])
    y = np.concatenate([np.linspace(0, 0.9, 50), np.linspace(0.9, 1, 50)])
    corners = pr_roc.corners(x, y, 100)
    assert list(zip(x[corners], y[corners], strict=True)) == [(0, 0), (0, pytest.approx(0.9)), (1, 1)]


@pytest.mark.parametrize("seed", range(3))
def test_a_thinned_curve_looks_the_same(seed: int) -> None:
    points = pr_roc.roc(*_random(seed, 3000))
    assert points is not None
    corners = pr_roc.corners(*points, pr_roc.MOST)
    assert len(corners) <= pr_roc.MOST
    across = np.linspace(0, 1, 500)
    drawn = np.interp(across, points[0][corners], points[1][corners])
    assert drawn == pytest.approx(np.interp(across, *points), abs=0.02)
    area = float(np.trapezoid(points[1][corners], points[0][corners]))
    assert area == pytest.approx(pr_roc.area(points), abs=0.002)


def test_many_classes_share_the_room() -> None:
    assert pr_roc.most_points(1) == pr_roc.most_points(77) == pr_roc.MOST
    assert pr_roc.FEWEST <= pr_roc.most_points(500) < pr_roc.MOST
    assert pr_roc.most_points(100_000) == pr_roc.FEWEST
    assert pr_roc.most_points(0) == pr_roc.MOST
