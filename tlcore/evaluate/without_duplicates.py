"""The score without duplicates: a run on the test examples that look like none that it was trained on.

It comes from a finished report and the near duplicates of the data set; the model is not run again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tlcore.data.examples.example_columns import stand_ins
from tlcore.data.examples.summary import columns_of
from tlcore.data.manifest import Manifest
from tlcore.evaluate.report import Score


@dataclass(frozen=True)
class ScoreWithoutDuplicates:
    """A score of `n` test examples with and without the `copies`, which look like a training example."""

    n: int
    copies: int
    accuracy: float
    accuracy_without: float  # on the others; 0 where there are none


def score_without_duplicates(
    score: Score, manifest: Manifest, is_learned: np.ndarray, before: Sequence[str] = ()
) -> ScoreWithoutDuplicates:
    """The score of a run with and without the copies of its training and validation examples.

    Validation counts as training: it chose the epoch.

    Args:
        is_learned: which of `manifest.examples` these are, (n,).
        before: SHA-256 of those of the runs that it started from.
    """
    own = columns_of(manifest.examples)
    one, strange = stand_ins(own, manifest.alike)
    nowhere = len(one) + len(strange)
    one = np.append(one, nowhere)  # of a content that no example has, number -1
    learned = np.zeros(nowhere + 1, bool)
    numbers = own.numbers_of(before)
    learned[one[np.append(own.content[is_learned], numbers)]] = True
    gone = {sha256 for sha256, number in zip(before, numbers.tolist(), strict=True) if number < 0}
    for group in manifest.alike:
        if not gone.isdisjoint(group):
            learned[one[own.numbers_of(group)]] = True
    learned[nowhere] = False
    tested = [p.sha256 for p in score.predictions]
    is_copy = learned[one[own.numbers_of(tested)]] | np.array([one in gone for one in tested], bool)
    others = [p for p, copied in zip(score.predictions, is_copy.tolist(), strict=True) if not copied]
    right = sum(p.label == p.predicted for p in others)
    return ScoreWithoutDuplicates(
        score.n, len(tested) - len(others), score.accuracy, right / len(others) if others else 0.0
    )
