"""Average precision of a detector, as COCO defines it, with intervals by bootstrap over pictures.

pycocotools matches answers to objects, once for each picture and class. The areas below the curves are summed
up here, by its rules, with a weight for each picture: 1 for the score itself, and how often it was drawn for
the bootstrap. So a thousand draws of 100 pictures take half a second of one core, not minutes.

Its evaluation is loaded inside the functions: whoever reads a report does without it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import msgspec
import numpy as np

from tlcore.evaluate.detection.objects import MOST_ANSWERS, Detections, Objects, coco_boxes
from tlcore.evaluate.statistics import bootstrap

IOUS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0.0, 1.0, 101)
# Square pixels: all, and those of the sizes.
AREAS = ((0.0, 1e10), (0.0, 32.0**2), (32.0**2, 96.0**2), (96.0**2, 1e10))
ObjectSize = Literal["small", "medium", "large"]
SIZES: tuple[ObjectSize, ...] = get_args(ObjectSize)
AT_ONCE = 200  # pictures that pycocotools gets in one go: it needs a kilobyte for each box
CELLS = 1_000_000  # answers times draws in one go


class SizeScore(msgspec.Struct, frozen=True, kw_only=True):
    """Scores on the objects of one size, by the area of their box in pixels of the original picture.

    As COCO has it: small up to 32², medium from there to 96², large from there. None: there are no objects of
    this size.
    """

    size: ObjectSize
    objects: int
    ap50: float | None
    ap: float | None


@dataclass(frozen=True, eq=False)
class ClassMatches:
    """The answers of one class, highest score first, matched to its objects within one range of areas.

    Attributes:
        scores: (d,); `pictures`: the number of the picture of each, (d,).
        right: for each IoU, whether it found an object, (t, d).
        counted: for each IoU, (t, d): False where it lies outside the range.
        objects: those to be found in each picture, (n,).
    """

    scores: np.ndarray
    pictures: np.ndarray
    right: np.ndarray
    counted: np.ndarray
    objects: np.ndarray


@dataclass(frozen=True)
class PrecisionSummary:
    """Average precisions at IoU 0.5 and as the mean over `IOUS`. None: there is no object to be found."""

    map50: float | None
    map: float | None
    map50_interval: tuple[float, float] | None  # 95 %; None with fewer than two pictures, too
    map_interval: tuple[float, float] | None
    ap50: tuple[float | None, ...]  # of each class
    ap: tuple[float | None, ...]
    by_size: tuple[SizeScore, ...]


def find_matches(
    truth: Sequence[Objects],
    answers: Sequence[Detections],
    classes: int,
    ious: np.ndarray = IOUS[:1],
    areas: Sequence[tuple[float, ...]] = AREAS[:1],
) -> list[list[ClassMatches]]:
    """Match the answers for each picture to its objects.

    Returns:
        for each range of areas, the matches of each class.
    """
    parts = [[[_gather([], len(ious))] for _ in range(classes)] for _ in areas]
    for first in range(0, len(truth), AT_ONCE):
        pictures = range(first, min(first + AT_ONCE, len(truth)))
        results = iter(_evaluate(truth, answers, pictures, classes, ious, areas))
        for number, area in itertools.product(range(classes), range(len(areas))):
            parts[area][number].append(_gather(((p, next(results)) for p in pictures), len(ious)))
    return [[_join(part) for part in of_area] for of_area in parts]


def _evaluate(
    truth: Sequence[Objects],
    answers: Sequence[Detections],
    pictures: range,
    classes: int,
    ious: np.ndarray,
    areas: Sequence[tuple[float, ...]],
) -> list[dict | None]:
    """The results of pycocotools for each class, range of areas and picture, the last changing fastest."""
    from pycocotools.cocoeval import COCOeval

    evaluation = COCOeval(iouType="bbox")
    evaluation.params.iouThrs, evaluation.params.maxDets = ious, [MOST_ANSWERS]
    # Its `evaluate` prints how far it is, and what is printed belongs to the process, not to one thread.
    for picture in pictures:
        sides = ((evaluation._gts, truth[picture]), (evaluation._dts, answers[picture].strongest()))
        for side, boxes in sides:
            for one in _annotations(boxes):
                side[picture, one["category_id"]].append(one)
    numbers = range(classes)
    evaluation.ious = {key: evaluation.computeIoU(*key) for key in itertools.product(pictures, numbers)}
    cells = itertools.product(numbers, areas, pictures)
    return [evaluation.evaluateImg(picture, number, area, MOST_ANSWERS) for number, area, picture in cells]


def _annotations(boxes: Objects | Detections) -> Iterator[dict]:
    """One picture's boxes as pycocotools has them; answers have scores."""
    rows = coco_boxes(boxes.boxes)
    scores = boxes.scores.tolist() if isinstance(boxes, Detections) else [1.0] * len(boxes)
    columns = (rows.tolist(), rows[:, 2:].prod(axis=1).tolist(), boxes.classes.tolist(), scores)
    for number, (box, area, label, score) in enumerate(zip(*columns, strict=True), start=1):
        yield {
            "id": number,  # 0 stands for "no match"
            "bbox": box,
            "area": area,
            "category_id": label,
            "score": score,
            "iscrowd": 0,
            "ignore": 0,
        }


def _gather(results: Iterable[tuple[int, dict | None]], ious: int) -> ClassMatches:
    """The results for some pictures as arrays, which are a tenth as large."""
    objects: list[int] = []
    scores, pictures = [np.zeros(0)], [np.zeros(0, np.int32)]
    right, counted = [np.zeros((ious, 0), bool)], [np.zeros((ious, 0), bool)]
    for picture, result in results:
        objects.append(0 if result is None else int((result["gtIgnore"] == 0).sum()))
        if result is not None:
            is_counted = ~result["dtIgnore"].astype(bool)
            scores.append(np.array(result["dtScores"], float))
            pictures.append(np.full(len(result["dtScores"]), picture, np.int32))
            right.append((result["dtMatches"] > 0) & is_counted)
            counted.append(is_counted)
    return ClassMatches(
        scores=np.concatenate(scores),
        pictures=np.concatenate(pictures),
        right=np.concatenate(right, axis=1),
        counted=np.concatenate(counted, axis=1),
        objects=np.array(objects, dtype=np.int32),
    )


def _join(parts: Sequence[ClassMatches]) -> ClassMatches:
    """Matches of several sets of answers as one, highest score first; of equal scores in the order given."""
    scores = np.concatenate([part.scores for part in parts])
    order = np.argsort(-scores, kind="stable")
    return ClassMatches(
        scores=scores[order],
        pictures=np.concatenate([part.pictures for part in parts])[order],
        right=np.concatenate([part.right for part in parts], axis=1)[:, order],
        counted=np.concatenate([part.counted for part in parts], axis=1)[:, order],
        objects=np.concatenate([part.objects for part in parts]),
    )


def average_precisions(matches: ClassMatches, weights: np.ndarray) -> np.ndarray:
    """Average precision at each IoU for each row of weights of the pictures (b, n): (b, t).

    NaN: the row has no object to be found. It is the mean, over `RECALLS`, of the best precision at that
    recall or a higher one. Precision is best at an answer that is right, so only these are looked at.
    """
    objects = weights @ matches.objects
    of_answers = weights[:, matches.pictures]
    found = np.zeros((len(weights), len(matches.right)))
    for t, (right, counted) in enumerate(zip(matches.right, matches.counted, strict=True)):
        if t == 0 or (counted != matches.counted[t - 1]).any():
            answered = np.cumsum(of_answers * counted, axis=1)
        hits = np.cumsum(of_answers[:, right], axis=1)
        precision = hits / np.maximum(answered[:, right], 1)
        best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        reached = np.searchsorted(RECALLS, hits / np.maximum(objects, 1)[:, None], side="right")
        found[:, t] = (np.diff(reached, axis=1, prepend=0) * best).sum(axis=1) / len(RECALLS)
    return np.where(objects[:, None] > 0, found, np.nan)


def mean_average_precisions(
    truth: Sequence[Objects], answers: Sequence[Detections], classes: int
) -> tuple[float | None, float | None]:
    """mAP at IoU 0.5 and over `IOUS`, without intervals: quick enough for the end of each epoch."""
    return _means(_measured(find_matches(truth, answers, classes, IOUS)[0]))


def summarise(truth: Sequence[Objects], answers: Sequence[Detections], classes: int) -> PrecisionSummary:
    """All average precisions, with the intervals of the two means."""
    of_all, *of_sizes = find_matches(truth, answers, classes, IOUS, AREAS)
    values = _measured(of_all)
    map50, mean = _means(values)
    draws = _draws(of_all, len(truth))
    return PrecisionSummary(
        map50=map50,
        map=mean,
        map50_interval=bootstrap.interval(map50, draws[:, 0], len(truth)),
        map_interval=bootstrap.interval(mean, draws.mean(axis=1), len(truth)),
        ap50=tuple(map(bootstrap.number, values[0])),
        ap=tuple(map(bootstrap.number, values.mean(axis=0))),
        by_size=tuple(map(_size_score, SIZES, of_sizes)),
    )


def _measured(matches: Sequence[ClassMatches]) -> np.ndarray:
    """Average precision at each IoU of each class, (t, classes)."""
    return np.stack([average_precisions(one, np.ones((1, len(one.objects))))[0] for one in matches], axis=-1)


def _means(values: np.ndarray) -> tuple[float | None, float | None]:
    """Means over the classes, at IoU 0.5 and over all, of values (t, classes)."""
    at_half, over_all = bootstrap.mean_of_defined(np.stack([values[0], values.mean(axis=0)]))
    return bootstrap.number(at_half), bootstrap.number(over_all)


def _draws(matches: Sequence[ClassMatches], n: int) -> np.ndarray:
    """The mean over the classes at each IoU, in each draw of the `n` pictures: (draws, t)."""
    if n < bootstrap.FEWEST:
        return np.full((1, len(IOUS)), np.nan)
    at_once = max(1, CELLS // max(n, *(len(one.scores) for one in matches)))
    return np.concatenate(
        [
            bootstrap.mean_of_defined(
                np.stack([average_precisions(one, weights) for one in matches], axis=-1)
            )
            for weights in bootstrap.draw_weights(n, at_once)
        ]
    )


def _size_score(size: ObjectSize, matches: Sequence[ClassMatches]) -> SizeScore:
    ap50, ap = _means(_measured(matches))
    objects = int(sum(one.objects.sum() for one in matches))
    return SizeScore(size=size, objects=objects, ap50=ap50, ap=ap)
