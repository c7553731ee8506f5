"""Evidence that is made up: data sets, curves and reports as runs leave them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tlcore.coach.case import Evidence
from tlcore.coach.suggestion import Suggestion, suggest
from tlcore.config import Phase, RunConfig, TrainingConfig
from tlcore.data.manifest import Example, Manifest, Task
from tlcore.evaluate.report import Report, Score
from tlcore.runs.metrics import Row

CLASSES = ("ash", "birch", "cedar")
DEFAULT = RunConfig()


def manifest(counts: Sequence[int] = (70, 70, 70), held: int = 30, task: Task = "images") -> Manifest:
    """So many training examples of each class, and `held` to validate and to test on."""
    examples = []
    for label, count in zip(CLASSES, counts, strict=True):
        examples += [Example(f"{label}{i}", "", label, split="train") for i in range(count)]
        examples += [Example(f"{label}v{i}", "", label, split="validation") for i in range(held // 3)]
        examples += [Example(f"{label}t{i}", "", label, split="test") for i in range(held // 3)]
    return Manifest(name="Trees", task=task, classes=CLASSES, examples=tuple(examples))


def rows(
    loss: Sequence[float | None],
    val_loss: Sequence[float | None],
    accuracy: float = 0.95,
    val_accuracy: float = 0.9,
    phase: Phase | None = "head",
    before: int = 0,
) -> list[Row]:
    """Epochs with these losses; accuracies stay as they are."""
    names: Row = {"phase": phase} if phase else {}
    return [
        {"epoch": before + i + 1, **names, "loss": a, "val_loss": b}
        | {"accuracy": accuracy, "val_accuracy": val_accuracy, "learning_rate": 1e-3}
        for i, (a, b) in enumerate(zip(loss, val_loss, strict=True))
    ]


def curve(*points: float, epochs: int = 40) -> list[float]:
    """A curve through the points, evenly over the epochs."""
    places = [i * (len(points) - 1) / (epochs - 1) for i in range(epochs)]
    found = []
    for place in places:
        i = min(int(place), len(points) - 2)
        found.append(points[i] + (place - i) * (points[i + 1] - points[i]))
    return found


def evidence(
    shown: list[Row],
    config: RunConfig = DEFAULT,
    tried: Sequence[RunConfig] = (),
    data: Manifest | None = None,
    report: Report | None = None,
    complete: bool = True,
) -> Evidence:
    return Evidence(
        config=config,
        rows=shown,
        report=report,
        manifest=data or manifest(),
        tried=tried,
        complete=complete,
    )


def found(*given_: Any, **more: Any) -> Suggestion:
    """The suggestion for that evidence: there has to be one."""
    suggestion = suggest(evidence(*given_, **more))
    assert suggestion is not None
    return suggestion


def recipe(**values: Any) -> RunConfig:
    return RunConfig(training=TrainingConfig(**values))


def report(kept: str, accuracy: float, n: int = 30) -> Report:
    score = Score(
        split="test",
        n=0,
        accuracy=0.0,
        interval=(0.0, 1.0),
        baseline_label="ash",
        baseline_accuracy=0.0,
        loss=0.0,
        labels=CLASSES,
        per_class=(),
        confusion=(),
        predictions=(),
    )
    return Report(
        test=score,
        validation_accuracy=accuracy,
        validation_loss=0.3,
        validation_n=n,
        best_epoch=1,
        epochs=2,
        kept=kept,
    )


SOUND = rows(curve(1.0, 0.2, 0.15), curve(0.9, 0.3, 0.31))  # as a frozen backbone usually does
BY_HEART = rows(
    [*curve(1.0, 0.1, epochs=9), *curve(0.09, 0.02, 0.02, epochs=31)],
    [*curve(0.9, 0.31, epochs=9), *curve(0.32, 0.55, 0.55, epochs=31)],
    accuracy=0.99,
)
NOT_LEARNED = rows(curve(1.1, 1.0, 0.99), curve(1.1, 1.0, 1.0), accuracy=0.5, val_accuracy=0.5)
FALLING = rows([1.1, 0.9], [1.0, 0.8], accuracy=0.6, val_accuracy=0.6)


def one_after_another(shown: list[Row], config: RunConfig, data: Manifest | None = None) -> list[Suggestion]:
    """What is suggested for one run when each suggestion before was tried."""
    tried: list[RunConfig] = []
    suggestions = []
    while suggestion := suggest(evidence(shown, config, tried, data)):
        tried.append(suggestion.config)
        suggestions.append(suggestion)
    return suggestions
