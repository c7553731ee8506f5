"""Against scikit-learn, on random and on degenerate answers."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tlcore.evaluate import pr_roc

EXACT = {"abs": 1e-12, "nan_ok": True}


def _random(seed: int, n: int, kinds: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Which of `n` are of the class, and their chances; with `kinds`, only so many different ones."""
    random = np.random.default_rng(seed)
    chances = random.random(n)
    if kinds:
        chances = np.floor(chances * kinds) / kinds
    return random.random(n) < 0.3 + 0.4 * chances, chances.astype(np.float32)


CASES = [
    *(pytest.param(*_random(seed, 300), id=f"random {seed}") for seed in range(3)),
    *(pytest.param(*_random(seed, 200, 7), id=f"ties {seed}") for seed in range(3)),
    pytest.param(np.array([True]), np.array([0.3]), id="one example, of the class"),
    pytest.param(np.array([False]), np.array([0.3]), id="one example, of another"),
    pytest.param(np.zeros(5, bool), np.linspace(0, 1, 5), id="none of the class"),
    pytest.param(np.ones(5, bool), np.linspace(0, 1, 5), id="nothing else"),
    pytest.param(np.array([True, False, True, False]), np.full(4, 0.5), id="all the same"),
    pytest.param(np.arange(10) >= 5, np.arange(10) / 10, id="perfect"),
    pytest.param(np.arange(10) < 5, np.arange(10) / 10, id="upside down"),
]


def _same_as_theirs(is_one: np.ndarray, chances: np.ndarray) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs warns where ours says None
        precision, recall, _ = sklearn.metrics.precision_recall_curve(is_one, chances, pos_label=True)
        wrong, found, _ = sklearn.metrics.roc_curve(is_one, chances, pos_label=True, drop_intermediate=False)
        average = sklearn.metrics.average_precision_score(is_one, chances)
        area = sklearn.metrics.roc_auc_score(is_one, chances) if len(set(is_one)) == 2 else None
    ours = pr_roc.precision_recall(is_one, chances)
    assert ours[0] == pytest.approx(precision, **EXACT) and ours[1] == pytest.approx(recall, **EXACT)
    points = pr_roc.roc(is_one, chances)
    if area is None:
        assert points is None and pr_roc.area(is_one, chances) is None
    else:
        assert points is not None
        assert points[0] == pytest.approx(wrong, **EXACT) and points[1] == pytest.approx(found, **EXACT)
        assert pr_roc.area(is_one, chances) == pytest.approx(area, **EXACT)
    if is_one.any():
        assert pr_roc.average_precision(is_one, chances) == pytest.approx(average, **EXACT)
    else:
        assert pr_roc.average_precision(is_one, chances) is None


@pytest.mark.parametrize(("is_one", "chances"), CASES)
def test_as_scikit_learn_has_it(is_one: np.ndarray, chances: np.ndarray) -> None:
    _same_as_theirs(is_one, chances)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=30))
def test_whatever_ties_there_are(drawn: list[tuple[bool, int]]) -> None:
    _same_as_theirs(np.array([is_one for is_one, _ in drawn]), np.array([chance / 5 for _, chance in drawn]))


def test_no_examples_have_no_curves() -> None:
    nothing = np.zeros(0, bool), np.zeros(0)
    assert pr_roc.average_precision(*nothing) is None
    assert pr_roc.roc(*nothing) is None and pr_roc.area(*nothing) is None
    assert [list(values) for values in pr_roc.precision_recall(*nothing)] == [[1.0], [0.0]]


UNIT = st.floats(0, 1)
LINES = st.integers(1, 300).flatmap(lambda n: arrays.arrays(np.float64, (2, n), elements=UNIT))


@given(LINES, st.integers(2, 40))
def test_a_thinned_line_keeps_its_ends_and_no_more_than_asked(line: np.ndarray, most: int) -> None:
    kept = pr_roc.thinned(*line, most)
    assert list(kept) == sorted(set(kept)) and len(kept) <= most
    assert kept[0] == 0 and kept[-1] == line.shape[1] - 1


def test_a_thinned_line_keeps_corners_and_drops_what_is_straight() -> None:
    x = np.concatenate([np.zeros(50), np.linspace(0, 1, 50)])
    y = np.concatenate([np.linspace(0, 0.9, 50), np.linspace(0.9, 1, 50)])
    kept = pr_roc.thinned(x, y, 100)
    assert list(zip(x[kept], y[kept], strict=True)) == [(0, 0), (0, pytest.approx(0.9)), (1, 1)]


@pytest.mark.parametrize("seed", range(3))
def test_a_thinned_curve_looks_the_same(seed: int) -> None:
    points = pr_roc.roc(*_random(seed, 3000))
    assert points is not None
    kept = pr_roc.thinned(*points, pr_roc.MOST)
    assert len(kept) <= pr_roc.MOST
    across = np.linspace(0, 1, 500)
    drawn = np.interp(across, points[0][kept], points[1][kept])
    assert drawn == pytest.approx(np.interp(across, *points), abs=0.02)
    area = float(np.trapezoid(points[1][kept], points[0][kept]))
    assert area == pytest.approx(pr_roc.area(*_random(seed, 3000)), abs=0.002)


def test_many_classes_share_the_room() -> None:
    assert pr_roc.most_points(1) == pr_roc.most_points(77) == pr_roc.MOST
    assert pr_roc.FEWEST <= pr_roc.most_points(500) < pr_roc.MOST
    assert pr_roc.most_points(100_000) == pr_roc.FEWEST
    assert pr_roc.most_points(0) == pr_roc.MOST
