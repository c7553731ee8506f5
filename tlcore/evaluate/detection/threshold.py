"""The score from which on a detector's answers count, chosen by what costs more: misses or false alarms.

A low threshold finds more and invents more. The choice is made on validation answers, and the test split is
scored at it. Each class counts for itself, as in COCO: an object that was called something else is not found
as what it is, and a false alarm as what it was called.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from tlcore.evaluate.detection.average_precision import find_matches
from tlcore.evaluate.detection.objects import Detections, Objects

COSTS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # of an object not found, in false alarms: the choices there are
MOST_POINTS = 100  # of a curve that are kept for drawing
DEFAULT = 0.5  # where there is no answer to choose by


class ThresholdCurve(msgspec.Struct, frozen=True, kw_only=True):
    """The trade of a threshold on the score, from the highest to the lowest.

    Points are thinned out for drawing; the best one for each of `COSTS` is among them. No points: there were
    no answers.
    """

    pictures: int
    objects: int
    thresholds: tuple[float, ...]
    not_found: tuple[int, ...]  # objects without a right answer, of all pictures together
    false_alarms: tuple[int, ...]  # answers that are not right

    def counts_at(self, threshold: float) -> tuple[int, int]:
        """Objects found and false alarms at a threshold, from the next point above it."""
        above = sum(value >= threshold for value in self.thresholds)
        return (self.objects - self.not_found[above - 1], self.false_alarms[above - 1]) if above else (0, 0)


def trade_off(truth: Sequence[Objects], answers: Sequence[Detections], classes: int) -> ThresholdCurve:
    """The curve of the validation split: its objects, and all answers however low their scores."""
    matches = find_matches(truth, answers, classes)[0]
    counted = np.concatenate([one.counted[0] for one in matches])
    scores = np.concatenate([one.scores for one in matches])[counted]
    order = np.argsort(-scores, kind="stable")
    falling, right = scores[order], np.concatenate([one.right[0] for one in matches])[counted][order]
    objects = int(sum(one.objects.sum() for one in matches))
    last = np.flatnonzero(np.append(falling[1:] != falling[:-1], True)) if len(falling) else order
    not_found, false_alarms = objects - np.cumsum(right)[last], np.cumsum(~right)[last]
    # Halfway to the next answer: scores for other pictures are never quite the same.
    thresholds = (falling[last] + np.append(falling[last][1:], falling[last][-1:])) / 2
    points = _points_kept(not_found, false_alarms)
    return ThresholdCurve(
        pictures=len(truth),
        objects=objects,
        thresholds=tuple(thresholds[points].tolist()),
        not_found=tuple(not_found[points].tolist()),
        false_alarms=tuple(false_alarms[points].tolist()),
    )


def _points_kept(not_found: np.ndarray, false_alarms: np.ndarray) -> np.ndarray:
    """Numbers of the points that draw the curve, and of the best one for each cost."""
    if not len(not_found):
        return np.zeros(0, dtype=int)
    best = [int((cost * not_found + false_alarms).argmin()) for cost in COSTS]
    drawn = np.linspace(0, len(not_found) - 1, MOST_POINTS - len(COSTS)).astype(int)
    return np.unique(np.append(drawn, best))


def choose_threshold(curve: ThresholdCurve, cost: float = 1.0) -> float:
    """The threshold with the least cost, when an object not found costs as much as `cost` false alarms.

    At least the surest answer passes it. Of equally good ones it is the highest.
    """
    if not curve.thresholds:
        return DEFAULT
    costs = cost * np.array(curve.not_found) + np.array(curve.false_alarms)
    return curve.thresholds[int(costs.argmin())]
