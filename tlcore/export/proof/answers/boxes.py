"""Answers that draw boxes: the same where each box at the threshold has its partner."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tlcore.backbones.catalogue import catalogue
from tlcore.data.images.placement import content_box, letterbox
from tlcore.data.manifest import Example
from tlcore.evaluate.detection.average_precision import summarise
from tlcore.evaluate.detection.objects import LOWEST_SCORE, Detections, Objects, objects_of, overlaps
from tlcore.export.proof.answers import CLOSE, Agreement
from tlcore.runs.run import Run

MOST = 100
ALIKE = 0.9  # overlap of two boxes that are one
EDGES, SCORE, NUMBER = slice(0, 4), 4, 5  # columns of an answer


def agreement(run: Run, examples: Sequence[Example], answers: np.ndarray, before: np.ndarray) -> Agreement:
    threshold, size = run.threshold(), _side(run)
    answers, before = (_inside(some, examples, size) for some in (answers, before))
    pairs = list(zip(answers, before, strict=True))
    return Agreement(
        n=len(examples),
        same=sum(_is_same(_found(one), _found(other), threshold) for one, other in pairs),
        largest=max((_difference(one, other, threshold, size) for one, other in pairs), default=0.0),
        score=_map50(run, examples, answers, size),
        score_before=_map50(run, examples, before, size),
    )


def _side(run: Run) -> int:
    config = run.config()
    return catalogue.input_size(catalogue.get(config.backbone), config.input_size)


def _inside(answers: np.ndarray, examples: Sequence[Example], size: int) -> np.ndarray:
    """Answers (n, 100, 6) whose boxes end where the picture does, as they are shown."""
    answers = answers.copy()
    for answer, example in zip(answers, examples, strict=True):
        left, top, right, bottom = content_box(example.width, example.height, size)
        answer[:, EDGES] = np.clip(answer[:, EDGES], (left, top) * 2, (right, bottom) * 2)
    return answers


def _found(answer: np.ndarray) -> Detections:
    answer = answer[answer[:, SCORE] > LOWEST_SCORE]
    return Detections(answer[:, EDGES], answer[:, SCORE], answer[:, NUMBER].astype(int))


def _is_same(one: Detections, other: Detections, threshold: float) -> bool:
    """Has each box of either that counts for sure a partner in the other that may count?"""
    return _is_in(one, other, threshold) and _is_in(other, one, threshold)


def _is_in(one: Detections, other: Detections, threshold: float) -> bool:
    sure = one.strongest(threshold + CLOSE)
    possible = other.strongest(max(0.0, threshold - CLOSE))
    if not len(sure):
        return True
    alike = _overlap(sure, possible) >= ALIKE
    return bool((alike & (sure.classes[:, None] == possible.classes)).any(1).all())


def _overlap(one: Detections, other: Detections) -> np.ndarray:
    return overlaps(one, Objects(other.boxes, other.classes))


def _difference(one: np.ndarray, other: np.ndarray, threshold: float, size: int) -> float:
    """The largest distance from a box of the model that counts to the nearest one of the file."""
    if not np.isfinite(one).all():
        return float("inf")
    scale = np.array([size] * 4 + [1, 1])
    counted = other[other[:, SCORE] >= threshold + CLOSE] / scale
    if not len(counted):
        return 0.0
    return float(np.abs(counted[:, None] - one / scale).max(-1).min(1).max())


def _map50(run: Run, examples: Sequence[Example], answers: np.ndarray, size: int) -> float:
    labels = run.labels()
    found = []
    for example, answer in zip(examples, answers, strict=True):
        whole = _found(answer)
        back = letterbox(example.width, example.height, size).boxes_back(whole.boxes)
        found.append(
            Detections(np.clip(back, 0, (example.width, example.height) * 2), whole.scores, whole.classes)
        )
    truth = [objects_of(example, labels) for example in examples]
    return summarise(truth, found, len(labels)).map50 or 0.0
