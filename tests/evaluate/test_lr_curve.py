"""Reading curves that are known: where the suggestion lies, and when there must be none."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

from tlcore.evaluate import lr_curve
from tlcore.evaluate.lr_curve import FALLS, FLAT, JUMPS, RISES, SOON, LrCurve, curve

TRIED = (1e-6 * 1e7 ** (np.arange(100) / 99)).tolist()
NOISE = np.random.default_rng(0).normal(size=100)


def loss(start: float, fall: float, middle: float, rise: float, noise: float = 0.0) -> list[float]:
    """Losses that fall from `start` by `fall` around the rate `middle` and shoot up from `rise` on."""
    decades = np.log10(np.array(TRIED))
    down = fall / (1 + np.exp(-4 * (decades - math.log10(middle))))
    up = np.maximum(0, decades - math.log10(rise)) ** 2 * 20
    return (start - down + up + noise * NOISE).tolist()


@pytest.mark.parametrize("noise", [0.0, 0.15])
@pytest.mark.parametrize("middle", [1e-4, 1e-3, 1e-2])
def test_where_it_falls_the_middle_of_the_fall(middle: float, noise: float) -> None:
    found = curve("head", TRIED, loss(2.0, 1.5, middle, 30 * middle, noise))
    assert found.suggested is not None and middle <= found.suggested <= 4 * middle
    assert found.reason == FALLS and found.suggested == float(f"{found.suggested:.1e}")


@pytest.mark.parametrize(("start", "noise"), [(0.05, 0.0), (0.1, 0.02), (1.2, 0.1)])
def test_where_it_only_rises_well_before_that(start: float, noise: float) -> None:
    found = curve("fine-tuning", TRIED, loss(start, 0.0, 1.0, 1e-3, noise))
    assert found.suggested is not None and 2e-4 < found.suggested < 1e-3 and found.reason == RISES
    assert found.diverged and found.rates[-1] < 0.1 and len(found.rates) == len(found.smoothed)


def test_without_a_rise_the_middle_of_the_fall_still() -> None:
    found = curve("head", TRIED, loss(2.0, 1.5, 1e-3, 1e9))
    assert found.suggested and 1e-3 <= found.suggested < 4e-3 and not found.diverged


@pytest.mark.parametrize(
    ("losses", "reason"),
    [
        ([1.1] * 100, FLAT),
        (loss(0.05, 0.03, 1e-3, 1e9), FLAT),  # learned already
        (loss(1.0, 0.0, 1.0, 1e9, noise=0.5), JUMPS),
        (loss(1.0, 0.0, 1.0, 1e-6), SOON),
        (loss(1.0, 0.0, 1.0, 4e-6)[:15], SOON),
        ([math.nan] * 3, SOON),
        ([1.0, 900.0], SOON),
        ([], SOON),
    ],
)
def test_what_says_nothing_suggests_nothing(losses: list[float], reason: str) -> None:
    found = curve("head", TRIED, losses)
    assert found.suggested is None and found.reason == reason


def test_it_ends_where_it_goes_nowhere_and_can_be_written() -> None:
    losses = [1.0] * 60 + [3.0] * 5 + [1e9, math.inf, math.nan]
    found = curve("head", TRIED, losses)
    assert len(found.losses) == 66 and found.losses[-1] == 1e9 and found.diverged
    infinite = curve("head", TRIED, [1.0] * 60 + [math.inf])
    assert len(infinite.losses) == 60 and infinite.diverged
    assert msgspec.json.decode(msgspec.json.encode(infinite), type=LrCurve) == infinite


def test_the_mean_is_right_from_the_first_step_on() -> None:
    assert lr_curve.smooth([3.0, 3.0, 3.0]) == pytest.approx([3.0] * 3)
    assert lr_curve.smooth([1.0, 2.0])[1] == pytest.approx((0.16 * 1 + 0.2 * 2) / 0.36)


def test_a_small_loss_that_trembles_has_not_diverged() -> None:
    assert lr_curve.divergence_step(np.array([0.001, 0.3, 0.002])) is None
    assert lr_curve.divergence_step(np.array([1.0, 0.5, 2.1])) == 2
