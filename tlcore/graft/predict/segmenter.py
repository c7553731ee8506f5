"""A finished segmenter: the class of every pixel of the picture as it came, and the share of each class."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import keras
import numpy as np
from PIL import Image

from tlcore.data.annotations.class_maps import read_class_map
from tlcore.data.annotations.export.export import class_numbers, encode_areas
from tlcore.data.dataset import Dataset
from tlcore.data.images.placement import content_box
from tlcore.data.manifest import Example
from tlcore.evaluate import report
from tlcore.evaluate.segmentation import score as segmentation_score
from tlcore.evaluate.segmentation.class_maps import likeliest, own_numbers
from tlcore.graft.inputs import tasks
from tlcore.graft.network.dense.region_features import map_tensors, region_features
from tlcore.graft.predict.nearest import NearestExamples
from tlcore.graft.predict.predictor import LoadedModel
from tlcore.runs.question import Answer
from tlcore.runs.run import Run

MOST_DRAWN = 512  # pixels, longest side of a class map that is sent to a page


class Segmenter(LoadedModel):
    """A model that names the class of each pixel. Its answers: `areas`, the share of each class, largest
    first; `map`, the class map as a PNG of at most 512 pixels a side, in base64; and the fields of
    `NearestExamples` by the training pictures.
    """

    def __init__(self, run: Run, model: keras.Model | None = None) -> None:
        super().__init__(run, model)
        maps = map_tensors(self.model)
        self._compiled = self.stages.compile_model(
            keras.Model(self.model.inputs, [self.model.outputs[0], *maps])
        )
        width = sum(tensor.shape[-1] for tensor in maps)
        self.nearest_pictures = NearestExamples(run.folder, self.labels, width)

    def outputs(self, batch: np.ndarray) -> tuple[np.ndarray, ...]:
        """The chance of each class at each pixel, (n, size, size, classes); then the maps that enter the
        pyramid, (n, h, w, channels) each.
        """
        return self._compiled(batch)

    def numbers(self, batch: np.ndarray) -> np.ndarray:
        return self.outputs(batch)[0]

    def class_maps(self, batch: np.ndarray, sizes: Sequence[tuple[int, int]]) -> Iterator[np.ndarray]:
        """The likeliest class of each pixel, (height, width) uint8, of pictures of these (width, height)."""
        for chances, (width, height) in zip(self.outputs(batch)[0], sizes, strict=True):
            yield likeliest(chances, width, height)

    def answer_batch(self, fields: Sequence[tasks.AnswerFields], batch: np.ndarray) -> list[Answer]:
        return [answer for answer, _ in self._answered(fields, batch)]

    def full_answers(self, path: Path) -> Iterator[Answer]:
        """As `answers`, with `regions` besides: the pixels of each class as COCO writes them."""
        numbers = sorted(class_numbers(self.labels).values())
        for fields, batch in self._examples(path):
            if not len(batch):
                yield from fields
                continue
            for first, (answer, found) in zip(fields, self._answered(fields, batch), strict=True):
                yield first | answer | {"regions": list(encode_areas(found, numbers))}

    def _answered(
        self, fields: Sequence[tasks.AnswerFields], batch: np.ndarray
    ) -> Iterator[tuple[Answer, np.ndarray]]:
        """The answer to each picture, and its class map (height, width)."""
        chances, *maps = self.outputs(batch)
        size = chances.shape[1]
        for at, first in enumerate(fields):
            width, height = int(first["width"]), int(first["height"])
            found = likeliest(chances[at], width, height)
            whole = np.array([content_box(width, height, size)], float)
            (nearest,) = self.nearest_pictures(region_features([one[at] for one in maps], whole, size))
            yield self._answer(found) | _without_classes(nearest), found

    def _answer(self, found: np.ndarray) -> Answer:
        shares = np.bincount(found.ravel(), minlength=len(self.labels)) / found.size
        order = np.argsort(-shares, kind="stable")
        areas = {self.labels[i]: round(float(shares[i]), 6) for i in order}
        return {"areas": areas, "map": _encoded(found)}

    def bare_answers(self, batch: np.ndarray, examples: Sequence[Example]) -> Iterator[np.ndarray]:
        return self.class_maps(batch, [(example.width, example.height) for example in examples])

    def score(
        self,
        dataset: Dataset,
        examples: Sequence[Example],
        split: str,
        answers: Iterable[np.ndarray],
        guess: str | None = None,
    ) -> report.Score:
        """The scores of the answers in the pixels of the pictures. Areas whose class the model does not know
        do not count.
        """
        numbers = own_numbers(self.labels, dataset.read().classes)
        true = (numbers[read_class_map(dataset.file(example.mask))] for example in examples)
        names = [example.key for example in examples]
        return report.dense_score(segmentation_score.score(split, self.labels, true, iter(answers), names))


MODEL = Segmenter


def _without_classes(nearest: Answer) -> Answer:
    """The fields of `NearestExamples` for whole pictures, which have no class."""
    if not nearest:
        return {}
    names = ("sha256", "similarity")
    return nearest | {"nearest": [{name: one[name] for name in names} for one in nearest["nearest"]]}


def _encoded(found: np.ndarray) -> str:
    """A class map as a small PNG, to be drawn."""
    image = Image.fromarray(found)
    longest = max(image.size)
    if longest > MOST_DRAWN:
        size = [max(1, round(side * MOST_DRAWN / longest)) for side in image.size]
        image = image.resize((size[0], size[1]), Image.Resampling.NEAREST)
    content = io.BytesIO()
    image.save(content, "PNG")
    return base64.b64encode(content.getvalue()).decode()
