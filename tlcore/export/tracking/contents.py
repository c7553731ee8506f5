"""The part of a run that other programs get: scalars by step, settings, texts and picture of its card."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tlcore.config.settings import SETTINGS, value_of
from tlcore.export.card import card
from tlcore.runs import metrics
from tlcore.runs.run import Run

# Keys of a metric row, and the names under which the programs draw training and validation side by side.
CURVES = {
    "loss": "loss/training",
    "val_loss": "loss/validation",
    "accuracy": "score/training",
    "val_accuracy": "score/validation",
    "learning_rate": "learning_rate",
}


@dataclass(frozen=True)
class Scalar:
    """A number at an epoch."""

    name: str
    step: int
    value: float


@dataclass(frozen=True)
class TrackedRun:
    """Everything that is sent.

    Attributes:
        settings: each setting by its path, as text.
        report: the model card without its head, Markdown.
        picture: the confusion matrix, PNG.
    """

    scalars: tuple[Scalar, ...]
    settings: dict[str, str]
    report: str
    picture: bytes


def gather(run: Run) -> TrackedRun:
    """The parts that are sent of a run that has a model.

    Raises:
        RunError: its records cannot be read.
    """
    made, config = card.make(run), run.config()
    return TrackedRun(
        scalars=(*_curves(run), *_results(run)),
        settings={path: _text(value_of(config, path)) for path in SETTINGS},
        report=f"# {made.title}\n\n{made.opening}\n{made.rest}",
        picture=made.picture,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _curves(run: Run) -> Iterator[Scalar]:
    for row in metrics.epochs(run.rows()[0]):
        for key, name in CURVES.items():
            if row.get(key) is not None:
                yield Scalar(name, row["epoch"], float(row[key]))


def _results(run: Run) -> Iterator[Scalar]:
    """The scores of the report, at its last epoch."""
    report = run.report()
    figures: dict[str, float | None] = {
        "test/score": report.test.accuracy,
        "test/score_low": report.test.interval[0],
        "test/score_high": report.test.interval[1],
        "validation/score": report.validation_accuracy,
        "validation/loss": report.validation_loss,
        **{f"test/{name}": value for name, value in report.test.task_metrics.items()},
    }
    if report.calibration:
        figures["test/calibration_error"] = report.calibration.after.error
    for name, value in figures.items():
        if value is not None:
            yield Scalar(name, report.epochs, value)
