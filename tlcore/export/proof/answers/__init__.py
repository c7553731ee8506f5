"""The comparison of two models' answers, by task: what is the same answer, and how good the answers are.

An answer is one array: the chances of the classes, (classes,) or for each pixel (size, size, classes); or the
boxes, (100, 6) with left, top, right and bottom in pixels of the input, score and class number.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Protocol, cast

import msgspec
import numpy as np

from tlcore.config.task import Task
from tlcore.data.manifest import Example
from tlcore.runs.run import Run

CLOSE = 0.002  # chances, or a score and its threshold, this near count as one
MODULES: dict[Task, str] = {
    "images": "tlcore.export.proof.answers.classes",
    "texts": "tlcore.export.proof.answers.classes",
    "detection": "tlcore.export.proof.answers.boxes",
    "segmentation": "tlcore.export.proof.answers.areas",
}


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """The answers to the examples of one split.

    Attributes:
        same: examples with the same answer.
        largest: the largest difference of a chance; of a box's edge, as a share of the picture's side.
        score, score_before: of the file and of the model, as a report's `accuracy`: the share of right
            answers, mAP50 or mIoU.
    """

    n: int
    same: int
    largest: float
    score: float
    score_before: float


class AnswerComparison(Protocol):
    """The functions of a task's module."""

    MOST: int
    """Examples of each split that a proof asks about."""

    def agreement(
        self, run: Run, examples: Sequence[Example], answers: np.ndarray, before: np.ndarray
    ) -> Agreement:
        """Compare answers (n, …) to these examples of the run's data with those of the model.

        Areas may also come as paths (n,) of class maps in pixels of the picture.
        """


def of(task: Task) -> AnswerComparison:
    """The comparison for a task."""
    return cast(AnswerComparison, importlib.import_module(MODULES[task]))


def largest_difference(answers: np.ndarray, before: np.ndarray) -> float:
    """The largest difference of a number; infinite where an answer is none."""
    if not np.isfinite(answers).all():
        return float("inf")
    return float(np.abs(answers.astype(np.float64) - before).max(initial=0.0))
