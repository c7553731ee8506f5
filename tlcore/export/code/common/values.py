"""The values of a run, or of settings that no run has yet, that its code has written into it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import msgspec

from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.entry import FILE_PREFIX, Backbone
from tlcore.backbones.catalogue.image_facts import BY_ID
from tlcore.config import RunConfig
from tlcore.config.augmentation import AugmentationConfig
from tlcore.data.class_weights import class_weights
from tlcore.data.manifest import Manifest, Task
from tlcore.data.task_settings import is_used
from tlcore.data.task_words import WORDS, TaskWords
from tlcore.errors import RunError
from tlcore.heads.solved_head import PENALTIES, USUAL
from tlcore.heads.term_counts import TermKind
from tlcore.runs.run import Run
from tlcore.runs.split_assignment import assign_splits

UNNAMED = "_auto"  # in the name of an operation that Keras has not named itself

NOT_FROZEN = "the code of {found} is written for a frozen backbone with its pretrained weights"
FOUND: dict[Task, str] = {"segmentation": "areas", "detection": "boxes"}  # of tasks that say where things are
BACKBONE, HEAD = "backbone.keras", "head.keras"  # files beside the script


@dataclass(frozen=True)
class CodeValues:
    """All that differs between the codes of two runs.

    Attributes:
        config: resolved.
        class_weights: weight of a training example, by class; None: all the same.
        penalty: of a head that was left open; counts: the terms that it counts in texts, if any.
        scores: right answers of the run on validation, before it learned from these too, and on test; None:
            there is no run yet.
    """

    config: RunConfig
    classes: tuple[str, ...]
    class_weights: tuple[float, ...] | None = None
    penalty: float = float(PENALTIES[USUAL])
    counts: TermKind | None = None
    temperature: float = 1.0
    threshold: float = 0.0
    scores: tuple[float, float] | None = None
    has_heic: bool = False

    @property
    def backbone(self) -> Backbone:
        return catalogue.get(self.config.backbone)

    @property
    def task(self) -> Task:
        return catalogue.task_of(self.config)

    @property
    def words(self) -> TaskWords:
        return WORDS[self.task]

    @property
    def beside(self) -> tuple[str, ...]:
        return beside(self.config)

    @property
    def origin(self) -> str:
        """Words for the weights that the backbone begins with."""
        if self.config.start_from:
            return " as the earlier run left it"
        return " with its pretrained weights" if self.config.pretrained else " with random weights"

    @property
    def size(self) -> int:
        return catalogue.input_size(self.backbone, self.config.input_size)

    @property
    def first_unfrozen(self) -> int:
        """The number of the first block that trains."""
        return catalogue.trainable_from(self.backbone, self.config.unfreeze)


def beside(config: RunConfig) -> tuple[str, ...]:
    """The networks that the code needs as files; none where Keras brings it, with names for the blocks."""
    if config.start_from:
        return (BACKBONE, HEAD)
    if catalogue.task_of(config) in FOUND:
        return (BACKBONE,)  # as far as its maps
    backbone, published = catalogue.get(config.backbone), BY_ID.get(config.backbone)
    first = catalogue.trainable_from(backbone, config.unfreeze)
    ends = [block.output for block in backbone.blocks[max(0, first - 1) :]]
    is_named = config.unfreeze == 0 or not any(UNNAMED in end for end in ends)
    return () if published and published.constructor and is_named else (BACKBONE,)


def of_run(run: Run) -> CodeValues:
    """The values of a finished run.

    Raises:
        RunError: there is no code of such a run, or it has no report yet.
        DataError: its data are gone.
    """
    config, report = run.config(), run.report()
    check(config)
    return _of(
        config,
        run.manifest(),
        penalty=report.head_choice.penalty if report.head_choice else CodeValues.penalty,
        counts=report.head_choice.counts if report.head_choice else None,
        temperature=report.calibration.temperature if report.calibration else 1.0,
        threshold=run.threshold(),
        scores=(report.validation_accuracy, report.test.accuracy),
    )


def of_settings(config: RunConfig, manifest: Manifest) -> CodeValues:
    """The values of settings for a data set, before there is a run; errors as for `of_run`.

    Args:
        config: with the defaults for these data.
    """
    config = msgspec.structs.replace(config, task=manifest.task)
    check(config)
    return _of(config, manifest)


def _of(config: RunConfig, manifest: Manifest, **more: object) -> CodeValues:
    counts = Counter(
        example.label
        for example, split in zip(manifest.examples, assign_splits(config, manifest), strict=True)
        if split == "train"
    )
    weights = None
    if config.training.class_weights != "none" and is_used("training.class_weights", config, manifest.task):
        weights = class_weights([counts[label] for label in manifest.classes])
    if not is_used("augmentation", config, manifest.task):
        config = msgspec.structs.replace(config, augmentation=AugmentationConfig(mixup=0.0))
    heic = any(example.look and example.look.form == "HEIF" for example in manifest.examples)
    return CodeValues(config, manifest.classes, weights, has_heic=heic, **more)  # type: ignore[arg-type]


def check(config: RunConfig) -> None:
    """Refuse what there is no code of.

    Raises:
        RunError: says why.
    """
    if reason := missing(config):
        raise RunError(f"There is no code of this run: {reason}.")


def missing(config: RunConfig) -> str:
    """Why there is no code for these settings; "": there is."""
    if config.backbone.startswith(FILE_PREFIX):
        return "its network came in a file"
    task = catalogue.task_of(config)
    if task in FOUND and (config.phases != ("head",) or config.start_from):
        return NOT_FROZEN.format(found=FOUND[task])
    return ""
