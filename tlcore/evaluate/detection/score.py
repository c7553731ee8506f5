"""The score of a detector on one set of pictures, with the boxes behind every number.

Like all of a report it holds no dates. A page draws every missed and every invented box from it, without the
model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from tlcore.data.annotations.annotation import Edges
from tlcore.evaluate.detection import matching
from tlcore.evaluate.detection.average_precision import PrecisionSummary, SizeScore, summarise
from tlcore.evaluate.detection.objects import Detections, Objects
from tlcore.evaluate.detection.threshold import ThresholdCurve

LEAST_SCORE = 0.05  # of an answer that is kept though it is below the threshold
MOST_BOXES = 100_000  # of all pictures together: some 5 MB

Evaluated = tuple[Objects, Detections, np.ndarray]  # a picture, with what `matching.match` says of it


class DetectionClass(msgspec.Struct, frozen=True, kw_only=True):
    """Scores of one class. Average precisions are None where there is no object of it.

    Precision: of the `answers` at the threshold, the share that found an object of this class. Recall: of its
    `objects`, the share that was found. Undefined ratios are 0.
    """

    label: str
    ap50: float | None
    ap: float | None
    objects: int
    answers: int
    found: int
    precision: float
    recall: float
    f1: float


class TrueBox(msgspec.Struct, frozen=True, array_like=True):
    """A true object: its box in pixels of the original picture, and the number of its class."""

    box: Edges
    number: int


class AnsweredBox(msgspec.Struct, frozen=True, array_like=True):
    """An answer: its box, the number of its class and its score.

    `object`: the number of the object that it found or called something else, in its picture;
    `matching.INVENTED`: there is none; `matching.LEFT_OUT`: it is below the threshold.
    """

    box: Edges
    number: int
    score: float
    object: int


class PictureBoxes(msgspec.Struct, frozen=True, kw_only=True):
    """One evaluated picture; `sha256` finds its bytes in the data set."""

    sha256: str
    name: str
    objects: tuple[TrueBox, ...]
    answers: tuple[AnsweredBox, ...]  # the highest score first

    def cells(self) -> Iterator[tuple[TrueBox | None, AnsweredBox | None]]:
        """The entries of this picture in the confusion matrix: an object with its answer, or one without the
        other, which was missed or invented.
        """
        missed = set(range(len(self.objects)))
        for answer in self.answers:
            if answer.object != matching.LEFT_OUT:
                missed.discard(answer.object)
                yield (None if answer.object == matching.INVENTED else self.objects[answer.object]), answer
        yield from ((self.objects[number], None) for number in sorted(missed))


class CellBoxes(NamedTuple):
    """An object and its answer in a picture, behind a cell of the confusion matrix; one may be None."""

    picture: PictureBoxes
    object: TrueBox | None
    answer: AnsweredBox | None


class DetectionScore(msgspec.Struct, frozen=True, kw_only=True):
    """A detector's answers on one set of `n` pictures with so many objects, summed up.

    `map50` and `map`: mean average precision at IoU 0.5 and over IoUs from 0.5 to 0.95, None without objects.
    Their intervals: 95 %, bootstrap over pictures, None with fewer than two pictures, too. Confusion,
    precision and recall are at the `threshold`. `confusion`: row = true class, the last for what was
    invented; column = answered class, the last for what was missed. `pictures`: those with the most mistakes
    first, and of large sets only these.
    """

    split: str
    n: int
    objects: int
    map50: float | None
    map: float | None
    map50_interval: tuple[float, float] | None
    map_interval: tuple[float, float] | None
    labels: tuple[str, ...]
    per_class: tuple[DetectionClass, ...]
    by_size: tuple[SizeScore, ...]
    threshold: float
    curve: ThresholdCurve  # of the validation split, which the threshold was chosen on
    confusion: tuple[tuple[int, ...], ...]
    pictures: tuple[PictureBoxes, ...]

    def boxes_of(self, label: str | None, answered: str | None) -> tuple[CellBoxes, ...]:
        """The boxes behind one cell of the confusion matrix, the highest score first.

        Args:
            label: the true class; None: invented.
            answered: None: missed.
        """
        row, column = (None if name is None else self.labels.index(name) for name in (label, answered))
        found = [
            CellBoxes(picture, one, other)
            for picture in self.pictures
            for one, other in picture.cells()
            if (one and one.number) == row and (other and other.number) == column
        ]
        return tuple(sorted(found, key=lambda cell: -cell.answer.score if cell.answer else 0.0))


def score(
    split: str,
    labels: tuple[str, ...],
    truth: Sequence[Objects],
    answers: Sequence[Detections],
    examples: Sequence[tuple[str, str]],
    curve: ThresholdCurve,
    threshold: float,
) -> DetectionScore:
    """Sum up the answers for some pictures.

    Args:
        answers: for each picture, however low their scores; of these the 100 with the highest count.
        examples: sha256 and name of each picture.
        curve: of the validation split, and the `threshold` that was chosen by it.
    """
    answers = [found.strongest() for found in answers]
    matches = [matching.match(*pair, threshold) for pair in zip(truth, answers, strict=True)]
    evaluated = list(zip(truth, answers, matches, strict=True))
    matrix = matching.confusion_matrix(evaluated, len(labels))
    summary = summarise(truth, answers, len(labels))
    return DetectionScore(
        split=split,
        n=len(truth),
        objects=int(matrix[:-1].sum()),
        map50=summary.map50,
        map=summary.map,
        map50_interval=summary.map50_interval,
        map_interval=summary.map_interval,
        labels=labels,
        per_class=_class_scores(labels, matrix, summary),
        by_size=summary.by_size,
        threshold=threshold,
        curve=curve,
        confusion=tuple(map(tuple, matrix.tolist())),
        pictures=tuple(_worst(examples, evaluated)),
    )


def _class_scores(
    labels: tuple[str, ...], matrix: np.ndarray, summary: PrecisionSummary
) -> tuple[DetectionClass, ...]:
    objects, answers = matrix.sum(axis=1).tolist(), matrix.sum(axis=0).tolist()
    found = matrix.diagonal().tolist()
    return tuple(
        DetectionClass(
            label=label,
            ap50=summary.ap50[i],
            ap=summary.ap[i],
            objects=objects[i],
            answers=answers[i],
            found=found[i],
            precision=found[i] / max(1, answers[i]),
            recall=found[i] / max(1, objects[i]),
            f1=2 * found[i] / max(1, answers[i] + objects[i]),
        )
        for i, label in enumerate(labels)
    )


def match_picture(
    example: tuple[str, str], objects: Objects, answers: Detections, threshold: float
) -> PictureBoxes:
    """A picture with its answers, matched at the threshold. `example`: its sha256 and name."""
    answers = answers.strongest()
    return _picture(example, objects, answers, matching.match(objects, answers, threshold))


def _worst(examples: Sequence[tuple[str, str]], evaluated: Sequence[Evaluated]) -> Iterator[PictureBoxes]:
    """The pictures with the most mistakes first, until there are too many boxes."""
    order = sorted(
        range(len(evaluated)), key=lambda i: (-matching.count_mistakes(*evaluated[i]), examples[i][::-1])
    )
    boxes = 0
    for i in order:
        picture = _picture(examples[i], *evaluated[i])
        boxes += len(picture.objects) + len(picture.answers)
        if boxes > MOST_BOXES:
            return
        yield picture


def _picture(
    example: tuple[str, str], objects: Objects, answers: Detections, found: np.ndarray
) -> PictureBoxes:
    """The boxes of a picture, to a hundredth of a pixel."""
    kept = np.flatnonzero((answers.scores >= LEAST_SCORE) | (found != matching.LEFT_OUT))
    true = zip(_boxes(objects.boxes), objects.classes.tolist(), strict=True)
    answered = zip(
        _boxes(answers.boxes[kept]),
        answers.classes[kept].tolist(),
        answers.scores[kept].tolist(),
        found[kept].tolist(),
        strict=True,
    )
    return PictureBoxes(
        sha256=example[0],
        name=example[1],
        objects=tuple(TrueBox(*one) for one in true),
        answers=tuple(AnsweredBox(*one) for one in answered),
    )


def _boxes(boxes: np.ndarray) -> list[Edges]:
    return [tuple(box) for box in boxes.astype(float).round(2).tolist()]
