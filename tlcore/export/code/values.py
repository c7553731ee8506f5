"""The values of a run, or of settings that no run has yet, that its code has written into it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import msgspec

from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.entry import FILE_PREFIX, Backbone
from tlcore.backbones.catalogue.image_facts import BY_ID, PublishedImage
from tlcore.config import RunConfig
from tlcore.data.class_weights import class_weights
from tlcore.data.manifest import Manifest, Task
from tlcore.errors import RunError
from tlcore.heads.solved_head import PENALTIES, USUAL
from tlcore.runs.run import Run
from tlcore.runs.split_assignment import assign_splits

UNNAMED = "_auto"  # in the name of an operation that Keras has not named itself

NOT_YET: dict[Task, str] = {
    "texts": "so far it is written for pictures, and this is about texts",
    "detection": "so far it is written for pictures with classes, and this is about boxes",
    "segmentation": "so far it is written for pictures with classes, and this is about areas",
}


@dataclass(frozen=True)
class CodeValues:
    """All that differs between the codes of two runs.

    Attributes:
        config: resolved.
        class_weights: weight of a training example, by class; None: all the same.
        penalty: of a head that was left open.
        scores: right answers of the run on validation, before it learned from these too, and on test; None:
            there is no run yet.
    """

    config: RunConfig
    classes: tuple[str, ...]
    class_weights: tuple[float, ...] | None = None
    penalty: float = float(PENALTIES[USUAL])
    temperature: float = 1.0
    threshold: float = 0.0
    scores: tuple[float, float] | None = None
    has_heic: bool = False

    @property
    def backbone(self) -> Backbone:
        return catalogue.get(self.config.backbone)

    @property
    def published(self) -> PublishedImage:
        return BY_ID[self.config.backbone]

    @property
    def size(self) -> int:
        return catalogue.input_size(self.backbone, self.config.input_size)

    @property
    def first_unfrozen(self) -> int:
        """The number of the first block that trains."""
        return catalogue.trainable_from(self.backbone, self.config.unfreeze)


def is_by_name(config: RunConfig) -> bool:
    """Does Keras bring the backbone, with names for the blocks that the code needs? Else a file does."""
    backbone = catalogue.get(config.backbone)
    first = catalogue.trainable_from(backbone, config.unfreeze)
    ends = [block.output for block in backbone.blocks[max(0, first - 1) :]]
    is_named = config.unfreeze == 0 or not any(UNNAMED in end for end in ends)
    return bool(BY_ID[config.backbone].constructor) and is_named


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
    if config.training.class_weights != "none":
        weights = class_weights([counts[label] for label in manifest.classes])
    heic = any(example.look and example.look.form == "HEIF" for example in manifest.examples)
    return CodeValues(config, manifest.classes, weights, has_heic=heic, **more)  # type: ignore[arg-type]


def check(config: RunConfig) -> None:
    """Refuse what has no code yet.

    Raises:
        RunError: says why.
    """
    if reason := missing(config):
        raise RunError(f"There is no code for this yet: {reason}.")


def missing(config: RunConfig) -> str:
    """Why there is no code for these settings; "": there is."""
    if reason := NOT_YET.get(catalogue.task_of(config)):
        return reason
    if config.start_from:
        return "it went on from another run, and its code would have to begin with that one's"
    if config.backbone.startswith(FILE_PREFIX):
        return "its network came in a file"
    if not config.pretrained:
        return "it began with random weights, and the code is written for pretrained ones"
    return ""
