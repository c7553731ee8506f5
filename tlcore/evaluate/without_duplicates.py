"""The score without duplicates: a run on the test examples that look like none that it was trained on.

It comes from a finished report and the near duplicates of the data set; the model is not run again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tlcore.data.manifest import Manifest, SplitName
from tlcore.evaluate.report import Score


@dataclass(frozen=True)
class ScoreWithoutDuplicates:
    """A score of `n` test examples with and without the `copies`, which look like a training example."""

    n: int
    copies: int
    accuracy: float
    accuracy_without: float  # on the others; 0 where there are none


def score_without_duplicates(
    score: Score, manifest: Manifest, places: Sequence[SplitName]
) -> ScoreWithoutDuplicates:
    """The score of a run with and without the copies of its training and validation examples.

    Validation counts as training: it chose the epoch.

    Args:
        places: the split of each example, parallel to `manifest.examples`.
    """
    representative = {sha256: min(group) for group in manifest.alike for sha256 in group}
    training = {
        representative.get(example.sha256, example.sha256)
        for example, place in zip(manifest.examples, places, strict=True)
        if place in ("train", "validation")
    }
    others = [p for p in score.predictions if representative.get(p.sha256, p.sha256) not in training]
    right = sum(p.label == p.predicted for p in others)
    return ScoreWithoutDuplicates(
        score.n, len(score.predictions) - len(others), score.accuracy, right / len(others) if others else 0.0
    )
