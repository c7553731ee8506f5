"""Scores by class and the confusion matrix of a report, whatever the task, for the card and its picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tlcore.evaluate.report import Score

Row = tuple[str, ...]  # of figures, as text


@dataclass(frozen=True)
class ClassTable:
    """Figures of each class: the names of the columns, a row a class, and the figure by which one is weak."""

    columns: Row
    rows: tuple[Row, ...]
    quality: tuple[float, ...]


@dataclass(frozen=True)
class ConfusionTable:
    """The answers to the examples of each class.

    Attributes:
        true: the names of the rows; `answered`: of the columns.
        cells: a row for each of `true`: numbers of examples or objects, or shares of all pixels.
    """

    true: tuple[str, ...]
    answered: tuple[str, ...]
    cells: tuple[tuple[float, ...], ...]

    @property
    def counts(self) -> bool:
        """Are the cells whole numbers of something?"""
        return all(isinstance(cell, int) for row in self.cells for cell in row)


def class_table(score: Score) -> ClassTable:
    """The figures of each class, in the order of the labels."""
    if score.detection:
        per_class = score.detection.per_class
        return ClassTable(
            ("AP at IoU 0.5", "Precision", "Recall", "Test objects"),
            tuple(
                (_figure(c.ap50), _figure(c.precision), _figure(c.recall), str(c.objects)) for c in per_class
            ),
            tuple(c.f1 for c in per_class),
        )
    if score.segmentation:
        areas = score.segmentation.per_class
        return ClassTable(
            ("IoU", "Share of the pixels"),
            tuple((_figure(c.iou), f"{100 * c.true:.1f} %") for c in areas),
            tuple(1.0 if c.iou is None else c.iou for c in areas),
        )
    return ClassTable(
        ("Precision", "Recall", "F1", "Test examples"),
        tuple((*map(_figure, (c.precision, c.recall, c.f1)), str(c.n)) for c in score.per_class),
        tuple(c.f1 for c in score.per_class),
    )


def confusion_table(score: Score) -> ConfusionTable:
    """The confusion matrix of the test split."""
    if score.detection:
        labels = score.detection.labels
        return ConfusionTable((*labels, "(invented)"), (*labels, "(missed)"), score.detection.confusion)
    if score.segmentation:
        labels = score.segmentation.labels
        return ConfusionTable(labels, labels, score.segmentation.confusion)
    return ConfusionTable(score.labels, score.labels, score.confusion)


def weakest(table: ClassTable, most: int) -> list[int]:
    """The numbers of the `most` weakest classes, in their own order."""
    return sorted(sorted(range(len(table.rows)), key=table.quality.__getitem__)[:most])


def support(score: Score) -> list[int]:
    """Test examples, or objects, of each class; none where they are areas."""
    count: Callable[..., int] = (lambda c: c.objects) if score.detection else (lambda c: c.n)
    return [count(c) for c in (score.detection.per_class if score.detection else score.per_class)]


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
