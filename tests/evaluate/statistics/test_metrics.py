"""Against scikit-learn and SciPy, on random and on degenerate answers."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from tlcore.evaluate.statistics import metrics

CASES = [
    pytest.param(np.arange(4).repeat(3), np.arange(4).repeat(3), 4, id="all right"),
    pytest.param(np.zeros(5, int), np.ones(5, int), 3, id="all wrong, a class that nobody has"),
    pytest.param(np.array([0]), np.array([1]), 2, id="one example"),
    pytest.param(np.zeros(0, int), np.zeros(0, int), 3, id="none"),
    *(
        pytest.param(*np.random.default_rng(seed).integers(0, 7, (2, 200)), 7, id=f"random {seed}")
        for seed in range(3)
    ),
]


@pytest.mark.parametrize(("true", "predicted", "classes"), CASES)
def test_as_scikit_learn_has_it(true: np.ndarray, predicted: np.ndarray, classes: int) -> None:
    matrix = metrics.confusion_matrix(true, predicted, classes)
    ours = metrics.precision_recall_f1(matrix)
    if not len(true):
        assert not matrix.any() and not np.any(ours)
        assert metrics.macro(matrix) == (0.0, 0.0, 0.0)
        return
    labels = list(range(classes))
    assert (matrix == sklearn.metrics.confusion_matrix(true, predicted, labels=labels)).all()
    theirs = sklearn.metrics.precision_recall_fscore_support(
        true, predicted, labels=labels, zero_division=0.0
    )
    for our, their in zip(ours, theirs, strict=False):
        assert our == pytest.approx(their, abs=1e-12)
    means = sklearn.metrics.precision_recall_fscore_support(
        true, predicted, average="macro", zero_division=0.0
    )[:3]
    assert metrics.macro(matrix) == pytest.approx(means, abs=1e-12)


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_the_interval_is_wilsons(a: int, b: int) -> None:
    correct, n = min(a, b), max(a, b)
    low, high = metrics.wilson_interval(correct, n)
    assert 0.0 <= low <= high <= 1.0
    if n:
        theirs = binomtest(correct, n).proportion_ci(method="wilson")
        assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


COUNTS = st.integers(0, 2000)


@given(COUNTS, COUNTS, COUNTS)
def test_the_interval_of_a_difference_is_symmetric_and_holds_it(first: int, second: int, same: int) -> None:
    n = first + second + same
    low, high = metrics.paired_difference_interval(first, second, n)
    assert -1.0 <= low <= high <= 1.0
    assert metrics.paired_difference_interval(second, first, n) == pytest.approx((-high, -low), abs=1e-12)
    if n:
        assert low - 1e-12 <= (first - second) / n <= high + 1e-12


def test_the_interval_of_a_difference_is_bonetts_and_prices() -> None:
    p12, p21 = 11 / 102, 5 / 102
    half = 1.959963984540054 * ((p12 + p21 - (p12 - p21) ** 2) / 102) ** 0.5
    low, high = metrics.paired_difference_interval(10, 4, 100)
    assert (low, high) == pytest.approx((p12 - p21 - half, p12 - p21 + half), abs=1e-12)


@pytest.mark.parametrize("times", [2, 10, 1000])
def test_more_examples_narrow_the_interval_of_a_difference(times: int) -> None:
    low, high = metrics.paired_difference_interval(10, 4, 100)
    lower, higher = metrics.paired_difference_interval(10 * times, 4 * times, 100 * times)
    assert higher - lower < high - low


def test_no_examples_say_nothing_of_a_difference() -> None:
    assert metrics.paired_difference_interval(0, 0, 0) == (-1.0, 1.0)


def test_as_many_pairs_of_answers_as_intervals_promise_hold_the_truth() -> None:
    """Of 4,000 drawn tests of 80 examples, about 95 % have the true difference within their interval."""
    random = np.random.default_rng(0)
    drawn = random.multinomial(80, (0.15, 0.05, 0.8), size=4000)
    held = [
        low <= 0.1 <= high for low, high in (metrics.paired_difference_interval(*d[:2], 80) for d in drawn)
    ]
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize("seed", range(3))
def test_the_log_loss_is_scikit_learns(seed: int) -> None:
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet(np.ones(5), 100)
    true = random.integers(0, 5, 100)
    theirs = sklearn.metrics.log_loss(true, probabilities, labels=range(5))
    assert metrics.log_loss(true, probabilities) == pytest.approx(theirs, abs=1e-12)


def test_a_certain_mistake_costs_much_and_not_infinitely() -> None:
    probabilities = np.array([[1.0, 0.0]], np.float32)
    theirs = sklearn.metrics.log_loss([1], probabilities, labels=[0, 1])
    assert metrics.log_loss(np.array([1]), probabilities) == pytest.approx(theirs, rel=1e-6)
