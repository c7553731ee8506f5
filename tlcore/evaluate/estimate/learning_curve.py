"""The learning curve: accuracy of heads that learned from a part of the examples, and where it leads."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tlcore.evaluate.estimate.record import CurvePoint
from tlcore.evaluate.statistics import metrics
from tlcore.heads.solved_head import SolvedHead, refit

SHARES = (0.25, 0.5, 0.75)  # of what a head may learn from, besides all of it
DRAWS = 3  # of each share, where few examples make a single one a matter of luck
FEW = 1000
STEEPEST = 1.0  # exponent of the power law, with which mistakes halve when the examples double


@dataclass(frozen=True)
class CurvePart:
    """Heads that learned from a share of the examples, over all folds and draws.

    Attributes:
        learned: mean number of examples that a head learned from.
        right: share of the draws in which each example was answered right, (n,).
    """

    learned: float
    right: np.ndarray


def parts(
    features: np.ndarray,
    labels: np.ndarray,
    groups: np.ndarray,
    folds: np.ndarray,
    whole: SolvedHead,
    seed: int,
    check_stop: Callable[[], object],
) -> list[CurvePart]:
    """A part for each of `SHARES` and all, each with the penalty and the passes of `whole`.

    Args:
        features: as they enter a head, (n, width).
        labels, folds: as in `Examples`, from which `whole` was solved.
        groups: a number for each example, (n,), the same for look-alikes: they come and go together.
        check_stop: called before each pass. It may raise to leave.
    """
    assert whole.logits is not None
    draws = DRAWS if len(labels) <= FEW else 1
    turns = [turn_shares(labels, groups, [seed, draw]) for draw in range(draws)]
    classes, found = whole.logits.shape[1], []
    for share in SHARES:
        right = np.zeros(len(labels))
        learned = []
        for fold, turn in itertools.product(range(folds.max() + 1), turns):
            asked = folds == fold
            seen = (turn <= share) & ~asked
            rows = np.flatnonzero(seen if seen.any() else ~asked)
            kernel, bias = refit(features[rows], labels[rows], classes, whole.penalty, whole.best, check_stop)
            right[asked] += (features[asked] @ kernel + bias).argmax(axis=1) == labels[asked]
            learned.append(len(rows))
        found.append(CurvePart(float(np.mean(learned)), right / draws))
    rest = float((len(labels) - np.bincount(folds)).mean())
    return [*found, CurvePart(rest, (whole.logits.argmax(axis=1) == labels).astype(float))]


def turn_shares(labels: np.ndarray, groups: np.ndarray, seed: list[int]) -> np.ndarray:
    """The share of its class that is drawn up to each example, (n,), in (0, 1): half of a class has up to
    0.5, and one group of each class is in the smallest share.
    """
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    turns = np.zeros(len(first))
    for label in np.unique(labels[first]):
        members = np.flatnonzero(labels[first] == label)
        members = np.random.default_rng([*seed, int(label)]).permutation(members)
        turns[members] = np.arange(len(members)) / len(members)
    return turns[group]


def points(found: list[CurvePart], groups: int) -> tuple[CurvePoint, ...]:
    """The curve; `groups` is the number of examples that differ."""
    return tuple(
        CurvePoint(round(part.learned), float(part.right.mean()), interval(part.right.mean(), groups))
        for part in found
    )


def interval(accuracy: float, groups: int) -> tuple[float, float]:
    """95 % interval of an accuracy; look-alikes count once, since they are right or wrong together."""
    return metrics.wilson_interval(round(accuracy * groups), groups)


def doubling(found: list[CurvePart]) -> tuple[float, float, float]:
    """Change of the accuracy from half of the examples to all, with its 95 % interval."""
    half, whole = found[1].right >= 0.5, found[-1].right >= 0.5
    low, high = metrics.paired_difference_interval(
        int((whole & ~half).sum()), int((half & ~whole).sum()), len(whole)
    )
    change = float(found[-1].right.mean() - found[1].right.mean())
    return change, min(low, change), max(high, change)


def forecast(found: list[CurvePart]) -> float | None:
    """Accuracy with twice as many examples, from a power law of the mistakes (Hestness et al., 2017).

    None where doubling them so far may have brought nothing, or there were no mistakes.
    """
    change, low, _ = doubling(found)
    mistakes = [1 - float(part.right.mean()) for part in found]
    if low <= 0 or change <= 0 or not mistakes[-1]:
        return None
    slope, _ = np.polyfit(np.log([part.learned for part in found]), np.log(mistakes), 1)
    exponent = min(max(-float(slope), 0.0), STEEPEST)
    return 1 - mistakes[-1] * math.pow(2, -exponent)
