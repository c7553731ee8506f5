"""The objects of a picture and a detector's answers, as arrays: what all scores of detection start from.

Boxes are left, top, right and bottom in pixels of the original picture; classes are integers 0…k−1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pycocotools import mask

from tlcore.data.manifest import Example

LOWEST_SCORE = 0.02  # of a detection that is looked at: mAP counts those far below any threshold
MOST_ANSWERS = 100  # of a picture that count, as in COCO


@dataclass(frozen=True, eq=False)
class Objects:
    """The true objects of one picture.

    Attributes:
        boxes: (n, 4); `classes`: (n,) of int.

    Raises:
        ValueError: the shapes do not fit, or a box is not finite.
    """

    boxes: np.ndarray
    classes: np.ndarray

    def __post_init__(self) -> None:
        n = len(self.classes)
        if self.boxes.shape != (n, 4) or not np.isfinite(self.boxes).all():
            raise ValueError(f"{n} classes need finite boxes (n, 4), and got {self.boxes.shape}")

    def __len__(self) -> int:
        return len(self.classes)


@dataclass(frozen=True, eq=False)
class Detections:
    """The answers for one picture: boxes (m, 4), scores (m,) from 0 to 1 and classes (m,) of int.

    Raises:
        ValueError: the shapes do not fit.
    """

    boxes: np.ndarray
    scores: np.ndarray
    classes: np.ndarray

    def __post_init__(self) -> None:
        m = len(self.classes)
        if self.boxes.shape != (m, 4) or self.scores.shape != (m,):
            raise ValueError(f"{m} classes need boxes (m, 4) and scores (m,), and got {self.boxes.shape}")

    def __len__(self) -> int:
        return len(self.classes)

    def strongest(self, least: float = 0.0) -> Detections:
        """The `MOST_ANSWERS` with the highest scores of at least `least`, highest first.

        A training that went wrong answers with NaN: such answers are left out.
        """
        is_sound = np.isfinite(self.boxes).all(axis=1) & (self.scores.astype(float) >= least)  # NaN is not
        order = np.argsort(-self.scores, kind="stable")
        order = order[is_sound[order]][:MOST_ANSWERS]
        return Detections(self.boxes[order], self.scores[order], self.classes[order])


def objects_of(example: Example, labels: Sequence[str]) -> Objects:
    """The objects that a person drew in a picture, of classes that the model knows."""
    known = [box for box in example.boxes or () if box.label in labels]
    edges = [[box.left, box.top, box.right, box.bottom] for box in known]
    return Objects(
        np.array(edges, float).reshape(-1, 4), np.array([labels.index(box.label) for box in known], int)
    )


def coco_boxes(boxes: np.ndarray) -> np.ndarray:
    """Boxes (n, 4) as left, top, width and height in double precision, as pycocotools wants them."""
    corners = boxes.astype(np.float64)
    return np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)


def overlaps(answers: Detections, objects: Objects) -> np.ndarray:
    """IoU of each answer with each object, (m, n)."""
    if not len(answers) or not len(objects):
        return np.zeros((len(answers), len(objects)))
    return mask.iou(coco_boxes(answers.boxes), coco_boxes(objects.boxes), [0] * len(objects))
