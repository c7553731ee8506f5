"""Accuracy with so many examples of each class: heads that learn from a few, drawn several times.

Cross-validation on frozen features, as in the estimate: a head never answers what it has learned from. A draw
with more examples holds those of the same draw with fewer, so that neighbouring amounts do not jump.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import numpy as np
from threadpoolctl import threadpool_limits

from tlcore.evaluate.statistics.metrics import share_interval
from tlcore.heads.solved_head import refit

MOST_DRAWS = 20
SECONDS = 0.5  # for one amount: fewer draws where they take longer, in the end fewer folds


class AmountScore(msgspec.Struct, frozen=True):
    """The accuracy of heads that learn from `each` examples of a class, or all of it where it has fewer.

    Attributes:
        learned: mean number of examples that a head learned from.
        n: number of examples that were answered in each of the `draws`.
        interval: 95 %, of a model that learns from another draw: it covers the chance of the draw and of
            the examples that were asked.
    """

    each: int
    learned: float
    n: int
    draws: int
    accuracy: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class AmountTrials:
    """The examples of an estimate, ready to learn from some of them.

    Attributes:
        features: (n, width), as they enter a head.
        labels, folds, groups: class numbers, folds and numbers of look-alikes, (n,) each.
        penalty, passes: of every head.
    """

    features: np.ndarray
    labels: np.ndarray
    folds: np.ndarray
    groups: np.ndarray
    classes: int
    penalty: float
    passes: int
    seed: int

    def score(
        self, each: int, seconds: float = SECONDS, clock: Callable[[], float] = time.perf_counter
    ) -> AmountScore:
        """The score with `each` >= 1 examples of a class, from as much work as is done in about `seconds`."""
        folds = list(range(int(self.folds.max()) + 1))
        began = clock()
        with threadpool_limits(1):
            first = [self._right(each, 0, 0)]
            del folds[_affordable(seconds, clock() - began, len(folds)) :]
            first += [self._right(each, 0, fold) for fold in folds[1:]]
            draws = _affordable(seconds, clock() - began, MOST_DRAWS)
            found = [first, *([self._right(each, draw, fold) for fold in folds] for draw in range(1, draws))]
        return self._summary(each, folds, found)

    def _summary(self, each: int, folds: list[int], found: list[list[tuple[int, np.ndarray]]]) -> AmountScore:
        of_draws = np.array([np.concatenate([right for _, right in draw]).mean() for draw in found])
        asked = np.isin(self.folds, folds)
        different = len(np.unique(self.groups[asked]))
        accuracy = float(of_draws.mean())
        return AmountScore(
            each=each,
            learned=float(np.mean([learned for draw in found for learned, _ in draw])),
            n=int(asked.sum()),
            draws=len(found),
            accuracy=accuracy,
            interval=interval(accuracy, different, float(of_draws.var(ddof=1)) if len(found) > 1 else 0.0),
        )

    def _right(self, each: int, draw: int, fold: int) -> tuple[int, np.ndarray]:
        """The number of examples that a head learned from, and which of a fold it answered right."""
        asked = self.folds == fold
        rows = self.drawn(each, draw, fold)
        kernel, bias = refit(self.features[rows], self.labels[rows], self.classes, self.penalty, self.passes)
        return len(rows), (self.features[asked] @ kernel + bias).argmax(axis=1) == self.labels[asked]

    def drawn(self, each: int, draw: int, fold: int) -> np.ndarray:
        """Rows of the first `each` examples of every class that are not in `fold`, in the order of `draw`."""
        turn = np.random.default_rng([self.seed, draw]).permutation(len(self.labels))
        turn = turn[self.folds[turn] != fold]
        turn = turn[np.argsort(self.labels[turn], kind="stable")]
        labels = self.labels[turn]
        number = np.arange(len(turn)) - np.searchsorted(labels, labels)
        return turn[number < each]


def _affordable(seconds: float, spent: float, most: int) -> int:
    """The number of parts, at least one, that take `seconds` if one takes what was `spent`."""
    return max(1, min(most, int(seconds / max(spent, 1e-9))))


def interval(accuracy: float, n: int, variance: float) -> tuple[float, float]:
    """95 % interval of an accuracy on `n` examples that also varies by itself: as of fewer examples."""
    spread = accuracy * (1 - accuracy)
    return share_interval(accuracy, n / (1 + n * variance / spread) if spread else n)
