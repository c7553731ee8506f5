"""Similarity of a new example to the training examples, measured on the features that enter the head."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tlcore.evaluate import analysis
from tlcore.evaluate.novelty import KnownFeatures

NEAREST = 5  # known examples in an answer


class NearestExamples:
    """The training and validation examples of a finished run, by similarity.

    Their features are written once the model is in place, so a model may answer without them at first: the
    files are read again whenever they have changed.

    Args:
        folder: the run's.
        labels: its classes.
        width: of its features.
    """

    def __init__(self, folder: Path, labels: tuple[str, ...], width: int) -> None:
        self.folder, self.labels, self.width = folder, labels, width
        self.known: KnownFeatures | None = None
        self.novelty: analysis.Novelty | None = None
        self._modified = -1

    def __call__(self, features: np.ndarray) -> list[dict[str, Any]]:
        """Fields of the answer for each example, by its features (n, width).

        `nearest`: the most similar known examples, each with `sha256`, `label` and `similarity`, and with its
        `box` where it is an object in a picture; `distance` from them; and, where there are thresholds,
        `unlike` and `unknown`: is the distance above the first and the second one? Empty where the run has no
        features that belong to this model.
        """
        self._reload()
        if self.known is None:
            return [{} for _ in features]
        distances = self.known.distance(features).tolist()
        return [self._fields(*pair, self.known) for pair in zip(features, distances, strict=True)]

    def _fields(self, feature: np.ndarray, distance: float, known: KnownFeatures) -> dict[str, Any]:
        neighbours = known.nearest(feature, NEAREST)
        nearest = []
        for one in neighbours:
            box = {"box": one.box} if one.box else {}
            label = self.labels[one.label]
            nearest.append({"sha256": one.sha256, "label": label, "similarity": one.similarity, **box})
        verdict = {}
        if self.novelty:
            verdict["unlike"] = distance > self.novelty.threshold
            verdict["unknown"] = distance > self.novelty.far_threshold
        return {"distance": distance, **verdict, "nearest": nearest}

    def _reload(self) -> None:
        modified = analysis.modified_ns(self.folder)
        if modified == self._modified:
            return
        content, known = analysis.read(self.folder), KnownFeatures.load(self.folder)
        fits = known is not None and len(known) and known.width == self.width
        has_labels = known is not None and int(known.labels.max(initial=0)) < len(self.labels)
        self.known = known if fits and has_labels else None
        self.novelty = content.novelty if content else None
        self._modified = modified
