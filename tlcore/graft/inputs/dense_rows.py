"""Rows of letter-boxed pictures whose boxes or class maps follow each view, for dense answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tlcore.config import RunConfig
from tlcore.config.augmentation import AugmentationConfig
from tlcore.data.annotations.annotation import IGNORED
from tlcore.data.annotations.class_maps import read_class_map
from tlcore.data.dataset import Dataset
from tlcore.data.images import augment, decode
from tlcore.data.images.placement import Placement, content_box, letterbox, view
from tlcore.data.manifest import Example
from tlcore.graft.inputs.image_rows import ImageRows
from tlcore.graft.inputs.tasks import AnswerFields, RowLoader, Shape

GREY = 127  # beyond the border, as `decode.to_square` pads
LEAST_SHARE = 0.35  # of a box that must be left in a view; less is hard to tell even for a person
LEAST_SIDE = 3.0  # pixels of a box in a view
MOST_OBJECTS = 300  # of a picture in training, where each is compared with each place; a detector answers 100
MOST_MEMORY = 500_000_000  # bytes of class maps that are kept between epochs


class DenseRows(ImageRows):
    """Letter-boxed pictures; what lies beyond their border is grey in each view."""

    beyond = GREY
    cut_dtype = "float16"  # maps are large, and half of their numbers' bits say nothing that training uses

    def __init__(
        self,
        dataset: Dataset,
        examples: Sequence[Example],
        size: int,
        augmentation: AugmentationConfig | None = None,
    ) -> None:
        super().__init__([dataset.file(e.sha256) for e in examples], size, "pad", augmentation)
        self.examples = list(examples)

    @property
    def description(self) -> dict[str, Any]:
        return super().description | {"beyond": self.beyond, "kept": self.cut_dtype}

    def placement(self, row: int) -> Placement:
        """Where the picture of a row lies in it."""
        number, picture = divmod(row, self.total)
        example = self.examples[picture]
        boxed = letterbox(example.width, example.height, self.size)
        return boxed.then(view(self.size, self.augmentation, example.sha256, number))


class DetectionRows(DenseRows):
    """Pictures with the boxes of their objects."""

    def __init__(self, *args: Any, classes: Sequence[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._numbers = {label: i for i, label in enumerate(classes)}
        counts = [len(example.boxes or ()) for example in self.examples]
        self._most = min(MOST_OBJECTS, max([1, *counts]))
        if crowded := sum(count > MOST_OBJECTS for count in counts):
            have = "One picture has" if crowded == 1 else f"{crowded:,} pictures have"
            self.note = f"{have} over {MOST_OBJECTS} objects; training looked at the {MOST_OBJECTS} largest."
        self.targets = self.boxes

    def boxes(self, rows: np.ndarray) -> np.ndarray:
        """Class number, or −1 for no object, and box in pixels of each object, (n, m, 5) float32.

        In a changed view boxes that are nearly cut off are left out; of more than `MOST_OBJECTS` boxes the
        smallest are.
        """
        targets = np.full((len(rows), self._most, 5), -1, np.float32)
        targets[..., 1:] = 0
        for target, row in zip(targets, rows.tolist(), strict=True):
            classes, boxes = self._objects(row)
            if len(boxes) > self._most:
                largest = np.argsort(-_sides(boxes).prod(axis=1), kind="stable")[: self._most]
                classes, boxes = classes[largest], boxes[largest]
            target[: len(boxes), 0], target[: len(boxes), 1:] = classes, boxes
        return targets

    def _objects(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        objects = self.examples[row % self.total].boxes or ()
        boxes = np.array([[b.left, b.top, b.right, b.bottom] for b in objects]).reshape(-1, 4)
        classes = np.array([self._numbers[b.label] for b in objects], dtype=int)
        whole = self.placement(row).boxes(boxes)
        inside = np.clip(whole, 0, self.size)
        if row < self.total:
            return classes, inside
        left = _sides(inside).prod(axis=1) > LEAST_SHARE * np.maximum(_sides(whole).prod(axis=1), 1e-6)
        seen = left & (_sides(inside) > LEAST_SIDE).all(axis=1)
        return classes[seen], inside[seen]


def _sides(boxes: np.ndarray) -> np.ndarray:
    """Width and height of boxes, (n, 2)."""
    return boxes[:, 2:] - boxes[:, :2]


class SegmentationRows(DenseRows):
    """Pictures with their class maps."""

    def __init__(self, dataset: Dataset, *args: Any, **options: Any) -> None:
        super().__init__(dataset, *args, **options)
        self._maps = [dataset.file(example.mask) for example in self.examples]
        self._kept: dict[int, np.ndarray] = {}
        self.targets = self.class_maps

    def class_maps(self, rows: np.ndarray) -> np.ndarray:
        """The class of each pixel of the view, (n, size, size) uint8; 255 where nothing is asked."""
        return np.stack([self._class_map(row) for row in rows.tolist()])

    def _class_map(self, row: int) -> np.ndarray:
        if row in self._kept:
            return self._kept[row]
        number, picture = divmod(row, self.total)
        example = self.examples[picture]
        square = letterboxed_map(read_class_map(self._maps[picture]), self.size)
        class_map = augment.move_map(square, self.augmentation, example.sha256, number, IGNORED)
        if (len(self._kept) + 1) * class_map.nbytes <= MOST_MEMORY:
            self._kept[row] = class_map
        return class_map


def row_loader(dataset: Dataset, examples: Sequence[Example], config: RunConfig, shape: Shape) -> RowLoader:
    """Row numbers → letter-boxed pictures of the model's own size, uint8 (n, size, size, 3)."""
    return DenseRows(dataset, examples, shape[1] or 0)


def read(path: Path, config: RunConfig, shape: Shape) -> Iterator[tuple[list[AnswerFields], np.ndarray]]:
    """The one picture in a file, letter-boxed, uint8 (1, size, size, 3); among its fields are its `width` and
    `height` in pixels, upright.

    Raises:
        PictureError: it cannot be read.
    """
    width, height = decode.upright_size(path)
    square = decode.decode(path, shape[1] or 0, config.fit)
    yield [{"path": str(path), "width": width, "height": height}], square[None]


def letterboxed_map(class_map: np.ndarray, size: int) -> np.ndarray:
    """A class map laid into the square as its picture is, (size, size); 255 beside it."""
    height, width = class_map.shape
    left, top, right, bottom = content_box(width, height, size)
    square = np.full((size, size), IGNORED, np.uint8)
    resized = Image.fromarray(class_map).resize((right - left, bottom - top), Image.Resampling.NEAREST)
    square[top:bottom, left:right] = np.asarray(resized)
    return square
