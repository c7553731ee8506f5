"""A run as the coach sees it: its settings, its curves and report, and the other runs on the same data."""

from __future__ import annotations

import math
import statistics
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.entry import Backbone
from tlcore.coach.curves import PhaseCurve, curves
from tlcore.config import RunConfig
from tlcore.data.annotations.annotation import BACKGROUND
from tlcore.data.defaults import with_defaults
from tlcore.data.examples.rows import are_placed, only
from tlcore.data.manifest import Example, Manifest, Task
from tlcore.data.splits import assign
from tlcore.data.task_words import WORDS, TaskWords
from tlcore.evaluate.report import Report
from tlcore.evaluate.statistics.metrics import wilson_interval
from tlcore.runs.experiments.amount import training_counts
from tlcore.runs.metrics import MetricRow

# So sure a share of right answers leaves nothing that a validation split could show.
CEILING = 0.95


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A run that has ended, whether well or not.

    `report` is None where there is none; `tried` are the configurations of all runs on the same data,
    whatever became of them; `with_model`: the backbones of those that have a model; `complete`: it came to
    its own end, nobody and nothing stopped it before; `script`: that of most texts, by its English name,
    where it is not the Latin one.
    """

    config: RunConfig
    rows: Sequence[MetricRow]
    report: Report | None
    manifest: Manifest
    tried: Sequence[RunConfig] = ()
    with_model: Collection[str] = ()
    complete: bool = True
    script: str = ""


@dataclass(frozen=True)
class Case:
    """The evidence, counted and read once for all rules.

    Attributes:
        base: what suggestions are made from: the run's settings, beginning afresh.
        phases: the curve of each phase.
        counts: different training examples of each class; of a detector the objects to learn from, of a
            segmenter the pictures that show it, without the background.
        training: the training examples.
        validation_n: validation examples.
    """

    evidence: Evidence
    base: RunConfig
    phases: tuple[PhaseCurve, ...]
    backbone: Backbone
    counts: tuple[int, ...]
    training: Sequence[Example]
    validation_n: int

    @property
    def task(self) -> Task:
        return self.evidence.manifest.task

    @property
    def words(self) -> TaskWords:
        return WORDS[self.task]

    @property
    def curve(self) -> PhaseCurve:
        """That of the last phase."""
        return self.phases[-1]

    @property
    def recommended(self) -> RunConfig:
        return with_defaults(RunConfig(), self.evidence.manifest)

    @property
    def chance(self) -> float:
        """Loss of an answer that gives all classes the same probability, in nats."""
        return math.log(max(2, len(self.counts)))

    @property
    def commonest(self) -> float:
        """Share of the commonest class among the training examples."""
        return max(self.counts, default=0) / max(1, sum(self.counts))

    @property
    def accuracy(self) -> float:
        """The score on validation, of the best epoch of the last phase."""
        if not self.words.counts_right:  # such epochs are compared by their score
            return max(self.curve.val_accuracy)
        return self.curve.val_accuracy[self.curve.best]

    @property
    def size(self) -> int:
        """Pixels of the side of the square in which pictures enter."""
        return self.base.input_size or self.backbone.input_size

    @property
    def picture_side(self) -> float:
        """The median of the training pictures' longer sides, in pixels; 0 where they have none."""
        if self.evidence.manifest.task == "texts":
            return 0
        return statistics.median([max(one.width, one.height) for one in self.training] or [0])

    @property
    def right(self) -> int:
        """Validation examples that it named right."""
        return round(self.accuracy * self.validation_n)

    @property
    def interval(self) -> tuple[float, float]:
        """Of that accuracy: 95 %, Wilson."""
        return wilson_interval(self.right, self.validation_n)

    @property
    def is_all_right(self) -> bool:
        return self.words.counts_right and self.right == self.validation_n

    @property
    def is_at_ceiling(self) -> bool:
        """So many are right that validation could hardly show anything better."""
        return self.words.counts_right and self.interval[0] >= CEILING


def read(evidence: Evidence) -> Case | None:
    """The case that the evidence makes; None before an epoch was finished.

    Raises:
        GraftError: the backbone or the splits that the run used are gone.
    """
    config, manifest = with_defaults(evidence.config, evidence.manifest), evidence.manifest
    phases = curves(config, evidence.rows)
    if not phases:
        return None
    report, splits = evidence.report, assign(manifest, config.split)
    training = only(manifest.examples, are_placed(splits, "train"))
    return Case(
        evidence,
        _afresh(config, manifest),
        phases,
        catalogue.get(config.backbone),
        tuple(_counts(config, manifest, training)),
        training,
        report.validation_n if report else splits.count("validation"),
    )


def _counts(config: RunConfig, manifest: Manifest, training: Sequence[Example]) -> list[int]:
    """As `Case.counts`."""
    if manifest.task == "detection":
        return list(msgspec.structs.replace(manifest, examples=tuple(training)).box_counts().values())
    if manifest.task == "segmentation":
        shown = msgspec.structs.replace(manifest, examples=tuple(training)).counts()
        return [shown[label] for label in counted_classes(manifest)]
    return training_counts(config, manifest)


def counted_classes(manifest: Manifest) -> list[str]:
    """The classes of `Case.counts`, in its order: of areas without the background."""
    has_background = manifest.task == "segmentation"
    return [label for label in manifest.classes if not (has_background and label == BACKGROUND)]


def _afresh(config: RunConfig, manifest: Manifest) -> RunConfig:
    """The settings for a run that begins with nothing, on an engine of its own choice.

    One that trained another further had few epochs left to do; this one has all of them before it.
    """
    config = msgspec.structs.replace(config, engine="auto")
    if not config.start_from:
        return config
    usual = with_defaults(RunConfig(), manifest)
    training, tuning = (
        msgspec.structs.replace(own, epochs=max(own.epochs or 0, good.epochs or 0))
        for own, good in ((config.training, usual.training), (config.fine_tuning, usual.fine_tuning))
    )
    return msgspec.structs.replace(config, training=training, fine_tuning=tuning, start_from=None)


@dataclass(frozen=True)
class Idea:
    """Advice in one sentence, the settings of the run that follows it, and the reason."""

    advice: str
    config: RunConfig
    why: str = ""


@dataclass(frozen=True)
class Finding:
    """A sign that a rule has seen, and ideas against it. `alone`: while it is there, no other sign counts."""

    finding: str
    ideas: Iterable[Idea]
    alone: bool = False


def with_settings(config: RunConfig, part: str = "", **values: Any) -> RunConfig:
    """`config` with other values, in that part of it where one is named."""
    if not part:
        return msgspec.structs.replace(config, **values)
    inner = msgspec.structs.replace(getattr(config, part), **values)
    return msgspec.structs.replace(config, **{part: inner})
