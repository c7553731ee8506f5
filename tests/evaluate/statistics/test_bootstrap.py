from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from tlcore.evaluate.statistics import bootstrap
from tlcore.evaluate.statistics.metrics import wilson_interval


def test_every_draw_has_as_many_pictures_as_there_are() -> None:
    parts = list(bootstrap.draw_weights(7, 300))
    assert [len(part) for part in parts] == [300, 300, 300, 100]
    assert all((part.sum(axis=1) == 7).all() for part in parts)
    assert np.concatenate(parts).mean(axis=0) == pytest.approx(np.ones(7), abs=0.1)


def test_the_draws_are_the_same_each_time() -> None:
    assert (next(bootstrap.draw_weights(5, 10)) == next(bootstrap.draw_weights(5, 10))).all()


def test_nineteen_of_twenty_intervals_hold_the_truth() -> None:
    """Of the mean of 50 values that were drawn around 0.5, in 3,000 sets."""
    values = np.random.default_rng(0).normal(0.5, 0.1, (3000, 50))
    weights = next(bootstrap.draw_weights(50, bootstrap.DRAWS))
    intervals = [bootstrap.interval(float(one.mean()), weights @ one / 50, 50) for one in values]
    held = [low <= 0.5 <= high for low, high in filter(None, intervals)]
    assert len(held) == 3000
    assert np.mean(held) == pytest.approx(0.95, abs=0.02)


def test_it_is_moved_away_from_where_the_draws_lean() -> None:
    draws = np.linspace(0.4, 0.8, bootstrap.DRAWS)
    assert bootstrap.interval(0.6, draws, 30) == pytest.approx((0.41, 0.79), abs=0.001)
    low, high = bootstrap.interval(0.5, draws, 30) or (0.0, 0.0)  # three in four draws are above it
    assert low < 0.402 and high == pytest.approx(0.4 + 0.4 * norm.cdf(1.96 + 2 * norm.ppf(0.25)), abs=0.001)
    assert bootstrap.interval(0.9, draws, 30) == pytest.approx((0.8, 0.9), abs=0.01)


def test_the_measured_score_belongs_to_it_and_undefined_draws_do_not() -> None:
    assert bootstrap.interval(0.9, np.array([0.1, np.nan, 0.1 + 1e-9]), 9) == (pytest.approx(0.1), 0.9)
    assert bootstrap.interval(0.5, np.array([np.nan]), 9) is None
    assert bootstrap.interval(None, np.array([0.5]), 9) is None


@pytest.mark.parametrize("score", [0.0, 0.4, 1.0])
def test_draws_that_are_all_alike_are_no_certainty(score: float) -> None:
    low, high = bootstrap.interval(score, np.full(bootstrap.DRAWS, score), 25) or (0.0, 0.0)
    assert (low, high) == pytest.approx(wilson_interval(round(25 * score), 25)) and high - low > 0.1


def test_means_leave_out_what_is_not_defined() -> None:
    means = bootstrap.mean_of_defined(np.array([[1.0, np.nan, 0.0], [np.nan] * 3]))
    assert [bootstrap.number(mean) for mean in means] == [0.5, None]
