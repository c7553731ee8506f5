"""Accuracy with so many examples of each class, on made-up features."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tlcore.evaluate.estimate import amount
from tlcore.evaluate.estimate.amount import AmountTrials
from tlcore.evaluate.folds import stratified_folds
from tlcore.evaluate.statistics.metrics import wilson_interval

EVER = 1e9  # seconds


def trials(counts: tuple[int, ...] = (40, 40, 12), apart: float = 2.0, alike: int = 1) -> AmountTrials:
    """Examples of some classes; so many neighbours at a time are look-alikes."""
    labels = np.repeat(np.arange(len(counts)), counts)
    random = np.random.default_rng(0)
    features = (random.normal(size=(len(labels), 30)) + apart * np.eye(30)[labels]).astype(np.float32)
    groups = np.arange(len(labels)) // alike
    return AmountTrials(
        features, labels, stratified_folds(labels, groups, 0), groups, len(counts), 0.1, 40, seed=0
    )


def ticking(seconds: float) -> Callable[[], float]:
    """A clock on which each head takes that long."""
    steps = iter(range(10**6))
    return lambda: seconds * next(steps)


def test_more_examples_are_better_and_the_same_question_has_the_same_answer() -> None:
    found = [trials().score(each, EVER) for each in (1, 4, 32)]
    accuracies = [one.accuracy for one in found]
    assert accuracies == sorted(accuracies) and accuracies[-1] - accuracies[0] > 0.1
    assert all(one.interval[0] < one.accuracy < one.interval[1] and one.draws == 20 for one in found)
    assert found[0] == trials().score(1, EVER)
    assert [one.learned for one in found[:2]] == [3, 12] and found[2].learned == pytest.approx(73.6, abs=0.5)


@pytest.mark.parametrize("alike", [1, 3])
def test_no_head_learns_from_what_it_answers_or_from_more_than_it_may(alike: int) -> None:
    of = trials(alike=alike)
    for each, draw, fold in [(1, 0, 0), (5, 1, 2), (32, 3, 4), (1000, 0, 1)]:
        rows = of.drawn(each, draw, fold)
        assert not set(of.groups[rows]) & set(of.groups[of.folds == fold])
        there = np.bincount(of.labels[of.folds != fold])
        assert np.bincount(of.labels[rows]).tolist() == np.minimum(there, each).tolist()
        assert set(rows) <= set(of.drawn(each + 1, draw, fold)), "one more keeps the others"
    assert set(of.drawn(5, 0, 0)) != set(of.drawn(5, 1, 0))


def test_what_takes_long_is_tried_less_often_in_the_end_on_fewer() -> None:
    quick = trials().score(4, seconds=EVER)
    assert (quick.n, quick.draws) == (92, 20)
    slow = trials().score(4, seconds=1.0, clock=ticking(0.01))
    assert (slow.n, slow.draws) == (92, 20)
    slower = trials().score(4, seconds=1.0, clock=ticking(0.4))
    assert slower.draws == 1 and 30 < slower.n < 45, "two of five folds"
    slowest = trials().score(4, seconds=1.0, clock=ticking(5.0))
    assert slowest.draws == 1 and 15 < slowest.n < 22
    width = [high - low for low, high in (slow.interval, slowest.interval)]
    assert width[1] > width[0]


def test_the_chance_of_the_draw_widens_the_interval() -> None:
    assert amount.interval(0.8, 100, 0.0) == pytest.approx(wilson_interval(80, 100))
    low, high = amount.interval(0.8, 100, 0.0016)  # as much as that of a hundred examples
    assert (low, high) == pytest.approx(wilson_interval(40, 50))
    assert amount.interval(1.0, 50, 0.0) == pytest.approx(wilson_interval(50, 50))


def test_one_example_of_each_class_is_enough_to_learn_from() -> None:
    found = trials((2, 2, 30), apart=8.0).score(1, EVER)
    assert found.learned == 3 and found.accuracy > 0.5
