from __future__ import annotations

import numpy as np
import pytest

from tlcore.evaluate.estimate import learning_curve
from tlcore.evaluate.estimate.learning_curve import CurvePart, turn_shares
from tlcore.evaluate.folds import stratified_folds
from tlcore.heads.solved_head import Examples, solve


def parts(*accuracies: float, n: int = 2000) -> list[CurvePart]:
    """A curve whose examples are answered right, each from some size on."""
    shares = np.arange(n) / n
    return [
        CurvePart(100.0 * (at + 1), (shares < accuracy).astype(float))
        for at, accuracy in enumerate(accuracies)
    ]


def test_a_quarter_counts_for_what_it_would_be_alone() -> None:
    """Where it took its steps from the whole set they were too short, and 70 % of these were right."""
    random, labels = np.random.default_rng(0), np.arange(400) % 4
    centres = 0.35 * random.normal(size=(4, 300))
    wide = (random.normal(size=(400, 300)) + centres[labels]) * np.linspace(3, 0.1, 300)
    features, groups = wide.astype(np.float32), np.arange(400)
    folds = stratified_folds(labels, groups, 0)
    whole = solve(Examples(features, labels, np.ones(400), folds == 0, folds, 4), 40, lambda: None)
    found = learning_curve.parts(features, labels, groups, folds, whole, 0, lambda: None)
    assert [part.learned for part in found] == pytest.approx([80, 160, 240, 320], rel=0.05)
    assert all(part.right.mean() > 0.97 for part in found)


def test_every_share_has_each_class_and_holds_the_smaller_ones() -> None:
    labels = np.repeat([0, 1, 2], [40, 8, 3])
    turns = turn_shares(labels, np.arange(51), [0, 0])
    for share, counts in ((0.25, [11, 3, 1]), (0.5, [21, 5, 2]), (0.75, [31, 7, 3])):
        assert np.bincount(labels[turns <= share]).tolist() == counts
    assert (turns == turn_shares(labels, np.arange(51), [0, 0])).all()
    assert (turns != turn_shares(labels, np.arange(51), [0, 1])).any()


def test_look_alikes_come_together() -> None:
    groups = np.repeat(np.arange(10), 3)
    turns = turn_shares(np.repeat([0, 1], 15), groups, [0, 0])
    assert all(len(set(turns[groups == group])) == 1 for group in range(10))


def test_mistakes_that_follow_a_power_law_go_on_so() -> None:
    found = parts(*(1 - 0.4 * (size / 100) ** -0.5 for size in (100, 200, 300, 400)))
    ahead = learning_curve.forecast(found)
    assert ahead == pytest.approx(1 - 0.4 * 8**-0.5, abs=0.005)
    change, low, high = learning_curve.doubling(found)
    assert change == pytest.approx(0.0828, abs=0.001) and 0 < low < change < high


@pytest.mark.parametrize("accuracies", [(0.8, 0.8, 0.8, 0.8), (0.7, 0.9, 0.85, 0.8), (0.5, 0.6, 0.8, 1.0)])
def test_without_a_sure_rise_or_without_mistakes_nothing_is_foretold(accuracies: tuple[float, ...]) -> None:
    assert learning_curve.forecast(parts(*accuracies)) is None


def test_a_rise_that_may_be_chance_is_none() -> None:
    assert learning_curve.forecast(parts(0.8, 0.81, 0.82, 0.83, n=60)) is None
    assert learning_curve.forecast(parts(0.8, 0.81, 0.82, 0.83, n=6000)) is not None


def test_look_alikes_make_an_interval_no_narrower() -> None:
    low, high = learning_curve.interval(0.8, 20)
    assert (low, high) == pytest.approx((0.584, 0.919), abs=0.001)
