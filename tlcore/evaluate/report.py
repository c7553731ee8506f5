"""`report.json`: the results of a run, with every prediction behind every number.

It holds no dates and no durations: the same configuration on the same data gives the same report.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from tlcore import system
from tlcore.data.examples.example import Key
from tlcore.errors import RunError
from tlcore.evaluate.detection.score import DetectionScore
from tlcore.evaluate.reliability import Calibration
from tlcore.evaluate.segmentation.score import SegmentationScore
from tlcore.evaluate.statistics import metrics, pr_roc
from tlcore.records import JsonType, MalformedJson


class ClassScore(msgspec.Struct, frozen=True):
    """Scores of one class: the share of its answers that are right, and of its examples that were found."""

    label: str
    precision: float
    recall: float
    f1: float
    n: int


class Macro(msgspec.Struct, frozen=True):
    """Means over the classes, each counting the same however many examples it has."""

    precision: float
    recall: float
    f1: float


class ClassCurve(msgspec.Struct, frozen=True, kw_only=True):
    """Precision-recall and ROC curve of one class, over every threshold on its chance.

    Points are thinned out for drawing; the two summaries are of all of them. None: not defined, since the
    examples hold none of this class (or nothing else).
    """

    label: str
    recall: tuple[float, ...]
    precision: tuple[float, ...]
    average_precision: float | None
    false_alarms: tuple[float, ...]  # of the other classes' examples, the share called so
    found: tuple[float, ...]  # of this class's, the share called so
    area: float | None  # below the second curve


class Prediction(msgspec.Struct, frozen=True):
    """One evaluated example; `sha256` finds its bytes in the data set."""

    sha256: str
    name: str
    label: str
    predicted: str
    confidence: float

    @property
    def key(self) -> Key:
        return self.sha256, self.name


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """A model's answers on one set of examples, summed up."""

    split: str
    n: int
    accuracy: float
    interval: tuple[float, float]  # 95 %, Wilson
    baseline_label: str  # the commonest class of the training split ...
    baseline_accuracy: float  # ... and the accuracy of always guessing it here
    loss: float  # mean negative log-likelihood, nats
    labels: tuple[str, ...]
    per_class: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    predictions: tuple[Prediction, ...]
    macro: Macro | None = None
    curves: tuple[ClassCurve, ...] = ()  # one a class, in the order of `labels`
    # "examples": the commonest class of these, in earlier versions and where the training split is gone.
    baseline_from: Literal["training", "examples"] = "examples"
    # Of a model that says where things are: then `accuracy` is mAP50, or mIoU, and `per_class` is empty.
    detection: DetectionScore | None = None
    segmentation: SegmentationScore | None = None

    @property
    def task_metrics(self) -> dict[str, float | None]:
        """The scores that the task is known by, by name; a classifier has none besides the accuracy."""
        if self.detection:
            return {"map50": self.detection.map50, "map": self.detection.map}
        return {"miou": self.segmentation.miou} if self.segmentation else {}

    def predictions_of(self, label: str, predicted: str) -> tuple[Prediction, ...]:
        """The examples behind one cell of the confusion matrix, surest first."""
        cell = [p for p in self.predictions if p.label == label and p.predicted == predicted]
        return tuple(sorted(cell, key=lambda p: -p.confidence))


class CrossValidation(msgspec.Struct, frozen=True):
    """Accuracy of the head on each of several held-out folds of the frozen features."""

    folds: tuple[float, ...]
    mean: float
    deviation: float  # sample standard deviation over folds
    n: int


class PhaseReport(msgspec.Struct, frozen=True, kw_only=True):
    """One phase of training. Epochs count on from phase to phase; `best_epoch` 0: none."""

    name: str  # "head", "fine-tuning" or "whole"
    epochs: int
    best_epoch: int
    validation_accuracy: float
    validation_loss: float
    stopped: str = ""  # why it ended before its last epoch


class Gain(msgspec.Struct, frozen=True, kw_only=True):
    """Effect of fine-tuning on the test examples, against the head alone."""

    n: int
    only_before: int  # right with the head alone, and wrong now
    only_after: int


class HeadChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The head chosen where a person left it open. `penalty`: on squares of weights; `terms`: it `counts`."""

    hidden: tuple[int, ...] = ()
    penalty: float
    counts: Literal["words", "characters"] | None = None
    terms: int = 0


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in `report.json`.

    `kept` names the phase whose best epoch is the model; "start": the model that the run began with, since no
    epoch was better on validation. `share`: place of its weights between there, or the head alone, and that
    epoch; a blend may be better than either. Scores on validation and `best_epoch` are the model's. `refit`:
    it learned once more from the validation examples too; the scores on these are those from before.
    """

    test: Score
    validation_accuracy: float
    validation_loss: float
    validation_n: int
    best_epoch: int
    epochs: int
    stopped: str = ""  # why training ended before the last epoch, in words; empty when it did not
    phases: tuple[PhaseReport, ...] = ()
    kept: str = ""
    share: float = 1.0
    gain: Gain | None = None
    cross_validation: CrossValidation | None = None
    calibration: Calibration | None = None
    note: str = ""  # for people, about how the examples were read
    refit: bool = False
    head_choice: HeadChoice | None = None
    # `Score.task_metrics` of the test split.
    map50: float | None = None
    map: float | None = None
    miou: float | None = None


def dense_score(of_task: DetectionScore | SegmentationScore) -> Score:
    """The score of a model that says where things are, as all of Graft reads scores."""
    if isinstance(of_task, DetectionScore):
        detection, segmentation, value, interval = of_task, None, of_task.map50, of_task.map50_interval
    else:
        detection, segmentation, value, interval = None, of_task, of_task.miou, of_task.interval
    value = value or 0.0
    return Score(
        split=of_task.split,
        n=of_task.n,
        accuracy=value,
        interval=interval or (0.0, 1.0),  # nothing is known
        baseline_label="",
        baseline_accuracy=0.0,
        loss=0.0,
        labels=of_task.labels,
        per_class=(),
        confusion=(),
        predictions=(),
        baseline_from="training",
        detection=detection,
        segmentation=segmentation,
    )


def score(
    split: str,
    labels: tuple[str, ...],
    true: np.ndarray,
    probabilities: np.ndarray,
    examples: Iterable[Key],
    guess: int | None = None,
) -> Score:
    """Sum up predictions.

    Args:
        true: class numbers, (n,); `probabilities`: (n, classes).
        examples: the key of each, in order.
        guess: number of the commonest class of the training split; None: nobody knows it any more.
    """
    n = len(true)
    predicted = probabilities.argmax(axis=1) if n else np.zeros(0, dtype=int)
    matrix = metrics.confusion_matrix(true, predicted, len(labels))
    support, correct = matrix.sum(axis=1), int(np.trace(matrix))
    baseline = int(support.argmax()) if guess is None else guess
    points = pr_roc.most_points(len(labels))
    return Score(
        split=split,
        n=n,
        accuracy=correct / n if n else 0.0,
        interval=metrics.wilson_interval(correct, n),
        baseline_label=labels[baseline],
        baseline_accuracy=float(support[baseline] / n) if n else 0.0,
        baseline_from="examples" if guess is None else "training",
        loss=metrics.log_loss(true, probabilities) if n else 0.0,
        labels=labels,
        per_class=_class_scores(labels, matrix),
        confusion=tuple(map(tuple, matrix.tolist())),
        predictions=tuple(
            Prediction(*example, labels[true[i]], labels[predicted[i]], float(probabilities[i, predicted[i]]))
            for i, example in enumerate(examples)
        ),
        macro=Macro(*metrics.macro(matrix)),
        curves=tuple(_curve(label, true == i, probabilities[:, i], points) for i, label in enumerate(labels)),
    )


def _class_scores(labels: tuple[str, ...], matrix: np.ndarray) -> tuple[ClassScore, ...]:
    precision, recall, f1 = (values.tolist() for values in metrics.precision_recall_f1(matrix))
    support = matrix.sum(axis=1).tolist()
    return tuple(map(ClassScore, labels, precision, recall, f1, support))


def _curve(label: str, is_one: np.ndarray, chances: np.ndarray, most: int) -> ClassCurve:
    """Both curves of one class, with at most `most` points each; a curve that is not defined has none."""
    roc = pr_roc.roc(is_one, chances)
    precision, recall = pr_roc.thin(pr_roc.precision_recall(is_one, chances), most)
    false_alarms, found = pr_roc.thin(roc, most)
    return ClassCurve(
        label=label,
        recall=recall,
        precision=precision,
        average_precision=pr_roc.average_precision(is_one, chances),
        false_alarms=false_alarms,
        found=found,
        area=pr_roc.area(roc),
    )


def gain(true: np.ndarray, before: np.ndarray | None, after: np.ndarray) -> Gain | None:
    """Gain from class numbers `before` (n,) to those `after` (n,); None without a before."""
    if before is None:
        return None
    right, now = before == true, after == true
    return Gain(n=len(true), only_before=int((right & ~now).sum()), only_after=int((now & ~right).sum()))


def cross_validation(folds: list[float], n: int) -> CrossValidation:
    """Fold accuracies with their mean and spread."""
    values = np.asarray(folds, dtype=float)
    return CrossValidation(tuple(folds), float(values.mean()), float(values.std(ddof=1)), n)


_REPORT = JsonType(Report)


def write(path: Path, report: Report) -> None:
    content = msgspec.json.format(msgspec.json.encode(report), indent=1)
    with system.atomic_file(path) as file:  # two writes: of many predictions there is no third copy
        file.writelines((content, b"\n"))


def read(path: Path) -> Report:
    """Read `report.json`.

    Raises:
        RunError: missing or written by another version.
    """
    try:
        return _REPORT.read(path)
    except FileNotFoundError as error:
        raise RunError("This run has no report yet.", received=path.parent.name) from error
    except (OSError, MalformedJson) as error:
        raise RunError(f"The report cannot be read: {error}.", received=path) from error
