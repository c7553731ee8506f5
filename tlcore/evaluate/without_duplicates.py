"""The honest score: how good a run is on test examples that look like none that it was trained on.

Worked out from a finished run's report and what its data set is known to hold twice; nothing is asked anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tlcore.data.manifest import Manifest, SplitName
from tlcore.evaluate.report import Score


@dataclass(frozen=True)
class ScoreWithoutDuplicates:
    """A score with and without the copies. `copies` of the `n` test examples look like a training example."""

    n: int
    copies: int
    accuracy: float
    without: float  # on the others; 0 where there are none


def score_without_duplicates(
    score: Score, manifest: Manifest, places: Sequence[SplitName]
) -> ScoreWithoutDuplicates:
    """The score of a run that placed the manifest's examples so.

    Validation counts as seen: it chose the epoch.

    Args:
        places: parallel to `manifest.examples`.
    """
    twin = {sha256: min(group) for group in manifest.alike for sha256 in group}
    seen = {
        twin.get(example.sha256, example.sha256)
        for example, place in zip(manifest.examples, places, strict=True)
        if place in ("train", "validation")
    }
    others = [p for p in score.predictions if twin.get(p.sha256, p.sha256) not in seen]
    right = sum(p.label == p.predicted for p in others)
    return ScoreWithoutDuplicates(
        score.n, len(score.predictions) - len(others), score.accuracy, right / len(others) if others else 0.0
    )
