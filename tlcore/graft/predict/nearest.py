"""How like the examples that a model has learned from a new one is, by what enters the head for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tlcore.evaluate import analysis
from tlcore.evaluate.novelty import KnownFeatures

NEAREST = 5  # seen examples that an answer names


class NearestExamples:
    """What a finished run has learned from, by likeness.

    It is gathered once the model is in place, so a model that is asked at once may answer without it: its
    files are looked at again whenever they have changed.

    Args:
        folder: the run's.
        labels: its classes.
        width: of its features.
    """

    def __init__(self, folder: Path, labels: tuple[str, ...], width: int) -> None:
        self.folder, self.labels, self.width = folder, labels, width
        self.seen: KnownFeatures | None = None
        self.novelty: analysis.Novelty | None = None
        self._read_at = -1

    def __call__(self, features: np.ndarray) -> list[dict[str, Any]]:
        """What is said of examples, by what enters the head for them, (n, width).

        `nearest`: the examples most like it, each with `sha256`, `label` and `similarity`; `distance`: its
        distance from them; and, where there is a threshold for that, `unknown`: whether it is above it.
        Nothing where nothing was kept that belongs to this model.
        """
        self._look()
        if self.seen is None:
            return [{} for _ in features]
        distances = self.seen.distance(features).tolist()
        return [self._one(*pair, self.seen) for pair in zip(features, distances, strict=True)]

    def _one(self, feature: np.ndarray, distance: float, seen: KnownFeatures) -> dict[str, Any]:
        near = seen.nearest(feature, NEAREST)
        nearest = [one._asdict() | {"label": self.labels[one.label]} for one in near]
        unknown = {"unknown": distance > self.novelty.threshold} if self.novelty else {}
        return {"distance": distance, **unknown, "nearest": nearest}

    def _look(self) -> None:
        written = analysis.modified_ns(self.folder)
        if written == self._read_at:
            return
        found, seen = analysis.read(self.folder), KnownFeatures.load(self.folder)
        belongs = seen is not None and len(seen) and seen.width == self.width
        known = seen is not None and int(seen.labels.max(initial=0)) < len(self.labels)
        self.seen = seen if belongs and known else None
        self.novelty = found.novelty if found else None
        self._read_at = written
