"""The trade of a threshold on the confidence: a model that says "not sure" answers less, and is right more.

NumPy in, counts out. The Evaluate page shows them, from the test examples of a report;
`evaluate/confidence_threshold.py` keeps the threshold that a person chose.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from tlcore.evaluate.report import Prediction
from tlcore.evaluate.statistics import metrics
from tlcore.evaluate.statistics.pr_roc import MOST, corners


class CoveragePoint(msgspec.Struct, frozen=True):
    """Of `n` examples: how many are `answered` with at least `threshold` confidence, and how many `right`."""

    threshold: float
    answered: int
    right: int
    n: int

    @property
    def share(self) -> float:
        """Answered, of all; 1 when there are none to ask."""
        return self.answered / self.n if self.n else 1.0

    @property
    def accuracy(self) -> float | None:
        """Right, of the answered; None when nothing is answered."""
        return self.right / self.answered if self.answered else None

    @property
    def interval(self) -> tuple[float, float]:
        """95 % of the accuracy, by Wilson."""
        return metrics.wilson_interval(self.right, self.answered)


def outcomes(predictions: Sequence[Prediction]) -> tuple[np.ndarray, np.ndarray]:
    """The confidence of each answer, (n,), and whether it is right, (n,) of bool."""
    confidence = np.array([p.confidence for p in predictions], dtype=float)
    return confidence, np.array([p.predicted == p.label for p in predictions], dtype=bool)


def coverage_at(confidence: np.ndarray, right: np.ndarray, threshold: float) -> CoveragePoint:
    """Coverage and accuracy of a model that answers only with a confidence of at least `threshold`."""
    is_sure = confidence >= threshold
    return CoveragePoint(threshold, int(is_sure.sum()), int((right & is_sure).sum()), len(confidence))


def trade_off(confidence: np.ndarray, right: np.ndarray, most: int = MOST) -> tuple[CoveragePoint, ...]:
    """The same at every threshold that changes it, from all answers to only the surest.

    At most `most` of them, with the corners of the line through them.
    """
    order = np.argsort(confidence, kind="stable")
    rising, hits = confidence[order], right[order]
    first = np.flatnonzero(np.append(True, rising[1:] != rising[:-1])) if len(rising) else order
    answered = len(rising) - first
    correct = np.cumsum(hits[::-1])[::-1][first] if len(rising) else first
    points = corners(answered / max(1, len(rising)), correct / np.maximum(1, answered), most)
    return tuple(
        CoveragePoint(float(rising[first[i]]), int(answered[i]), int(correct[i]), len(rising)) for i in points
    )
