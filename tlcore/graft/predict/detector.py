"""A finished detector: a box around each object, in pixels of the picture as it came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import keras
import numpy as np

from tlcore.data.dataset import Dataset
from tlcore.data.images.placement import letterbox
from tlcore.data.manifest import Example
from tlcore.evaluate import confidence_threshold, report
from tlcore.evaluate.detection import score as detection_score
from tlcore.evaluate.detection.objects import LOWEST_SCORE, Detections, objects_of
from tlcore.graft.inputs import tasks
from tlcore.graft.network.dense.region_features import map_tensors, region_features
from tlcore.graft.predict.nearest import NearestExamples
from tlcore.graft.predict.predictor import LoadedModel
from tlcore.runs.question import Answer
from tlcore.runs.run import Run


class Detector(LoadedModel):
    """A model that draws boxes. Its answers: `boxes`, the surest first, each with `label`, `score`, `left`,
    `top`, `right`, `bottom` and the fields of `NearestExamples`; those whose score reaches the `threshold`.
    """

    def __init__(self, run: Run, model: keras.Model | None = None) -> None:
        super().__init__(run, model)
        names = ("boxes", "scores", "classes")
        maps = map_tensors(self.model)
        ordered = keras.Model(self.model.inputs, [*(self.model.output[name] for name in names), *maps])
        self._compiled = self.stages.compile_model(ordered)
        # A run that is still at work answers before its threshold is chosen.
        self._test = run.report().test.detection if run.has_model else None
        self._edition = run.edition()
        width = sum(tensor.shape[-1] for tensor in maps)
        self.nearest_objects = NearestExamples(run.folder, self.labels, width)

    @property
    def threshold(self) -> float:
        """The score from which on an object counts. A person may choose another one at any time."""
        default = self._test.threshold if self._test else FIRST_THRESHOLD
        return confidence_threshold.read_for(self.run.folder, self._edition, default)

    def outputs(self, batch: np.ndarray) -> tuple[np.ndarray, ...]:
        """Boxes (n, 100, 4) in pixels of the input, scores and class numbers (n, 100); then the maps that
        enter the pyramid, (n, h, w, channels) each.
        """
        return self._compiled(batch)

    def numbers(self, batch: np.ndarray) -> np.ndarray:
        boxes, scores, classes = self.outputs(batch)[:3]
        return np.concatenate([boxes, scores[..., None], classes[..., None]], axis=-1)

    def detections(self, batch: np.ndarray, sizes: Sequence[tuple[int, int]]) -> list[Detections]:
        """The detections in letter-boxed pictures (n, …), in pixels of pictures of these (width, height)."""
        return self._detections(self.outputs(batch)[:3], sizes)

    def _detections(
        self, outputs: tuple[np.ndarray, ...], sizes: Sequence[tuple[int, int]]
    ) -> list[Detections]:
        size = self.model.input_shape[1]
        found = []
        for (width, height), boxes, scores, classes in zip(sizes, *outputs, strict=True):
            there = scores > LOWEST_SCORE
            back = letterbox(width, height, size).boxes_back(boxes[there])
            back = np.clip(back, 0, (width, height) * 2)
            found.append(Detections(back, scores[there], classes[there].astype(int)))
        return found

    def answer_batch(self, fields: Sequence[tasks.AnswerFields], batch: np.ndarray) -> list[Answer]:
        sizes = [(int(first["width"]), int(first["height"])) for first in fields]
        boxes, scores, classes, *maps = self.outputs(batch)
        found = self._detections((boxes, scores, classes), sizes)
        return [self._answer(*each) for each in zip(found, sizes, zip(*maps, strict=True), strict=True)]

    def _answer(self, found: Detections, size: tuple[int, int], maps: tuple[np.ndarray, ...]) -> Answer:
        threshold, side = self.threshold, self.model.input_shape[1]
        counts = found.scores >= threshold
        seen = region_features(maps, letterbox(*size, side).boxes(found.boxes[counts]), side)
        boxes: list[dict[str, Any]] = []
        for box, score, number, nearest in zip(
            found.boxes[counts].round(2).tolist(),
            found.scores[counts].tolist(),
            found.classes[counts].tolist(),
            self.nearest_objects(seen),
            strict=True,
        ):
            edges = dict(zip(("left", "top", "right", "bottom"), box, strict=True))
            boxes.append({"label": self.labels[number], "score": score, **edges, **nearest})
        return {"boxes": boxes, "threshold": threshold}

    def bare_answers(self, batch: np.ndarray, examples: Sequence[Example]) -> Iterator[np.ndarray]:
        for one in self.detections(batch, [(example.width, example.height) for example in examples]):
            yield np.column_stack([one.boxes, one.scores, one.classes])

    def score(
        self,
        dataset: Dataset,
        examples: Sequence[Example],
        split: str,
        answers: Iterable[np.ndarray],
        guess: str | None = None,
    ) -> report.Score:
        """The scores of the answers; the curve is that of validation, from the run's report."""
        truth = [objects_of(example, self.labels) for example in examples]
        found = [
            Detections(one[:, :4], one[:, 4].astype(np.float32), one[:, 5].astype(int)) for one in answers
        ]
        assert self._test, "a finished detector has a report"
        names = [example.key for example in examples]
        return report.dense_score(
            detection_score.score(split, self.labels, truth, found, names, self._test.curve, self.threshold)
        )


FIRST_THRESHOLD = 0.3  # of a model in the making
MODEL = Detector
