from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.evaluate import coverage
from tlcore.evaluate.report import Prediction

CONFIDENCE = np.array([0.9, 0.5, 0.7, 0.7, 0.99])
RIGHT = np.array([True, False, True, False, True])


def test_a_threshold_counts_the_answers_and_the_right_ones() -> None:
    found = coverage.coverage_at(CONFIDENCE, RIGHT, 0.7)
    assert (found.answered, found.right, found.n) == (4, 3, 5)
    assert (found.share, found.accuracy) == (0.8, 0.75)
    low, high = found.interval
    assert low < 0.75 < high
    assert coverage.coverage_at(CONFIDENCE, RIGHT, 0.0).accuracy == 0.6


def test_above_the_surest_nothing_is_answered() -> None:
    found = coverage.coverage_at(CONFIDENCE, RIGHT, 0.995)
    assert (found.answered, found.share, found.accuracy, found.interval) == (0, 0.0, None, (0.0, 1.0))


def test_the_trade_off_goes_from_all_answers_to_the_surest() -> None:
    found = coverage.trade_off(CONFIDENCE, RIGHT)
    assert [(a.threshold, a.answered, a.right) for a in found] == [
        (0.5, 5, 3),
        (0.7, 4, 3),
        (0.9, 2, 2),
        (0.99, 1, 1),
    ]


def test_no_examples() -> None:
    nothing = np.zeros(0), np.zeros(0, bool)
    assert coverage.trade_off(*nothing) == ()
    assert (coverage.coverage_at(*nothing, 0.5).share, coverage.coverage_at(*nothing, 0.5).accuracy) == (
        1.0,
        None,
    )


ANSWERS = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=60)


@given(ANSWERS, st.integers(2, 30))
def test_each_point_is_what_its_threshold_does(answers: list[tuple[int, bool]], most: int) -> None:
    confidence = np.array([sure / 20 for sure, _ in answers])
    right = np.array([hit for _, hit in answers])
    found = coverage.trade_off(confidence, right, most)
    assert len(found) <= most
    assert found == tuple(coverage.coverage_at(confidence, right, point.threshold) for point in found)
    assert [point.answered for point in found] == sorted({p.answered for p in found}, reverse=True)
    assert found[0].answered == len(answers)


def test_outcomes_of_predictions() -> None:
    predictions = [
        Prediction("a" * 64, "a.png", "cat", "cat", 0.75),
        Prediction("b" * 64, "b.png", "cat", "dog", 0.5),
    ]
    confidence, right = coverage.outcomes(predictions)
    assert confidence == pytest.approx([0.75, 0.5]) and list(right) == [True, False]
    assert [len(values) for values in coverage.outcomes([])] == [0, 0]
