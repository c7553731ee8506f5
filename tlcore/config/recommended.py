"""The recommended settings of tasks that say where things are, measured by `benchmarks.detection` and
`benchmarks.segmentation`. Those of classification are the defaults of the settings themselves.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tlcore.config import RunConfig
from tlcore.config.augmentation import AugmentationConfig
from tlcore.config.task import Task
from tlcore.config.training import FineTuningConfig, HeadConfig, TrainingConfig

# Of training the head, however few the pictures are: a pyramid begins at nothing. A detector has
# fewer, since scoring its validation pictures after each epoch costs more than a few steps.
LEAST_STEPS: dict[Task, int] = {"detection": 225, "segmentation": 335}
MOST_EPOCHS = 300

_DENSE = RunConfig(
    fit="pad",
    head=HeadConfig(hidden=(96,), dropout=0.0),
    training=TrainingConfig(
        epochs=40,
        batch_size=8,
        learning_rate=3e-3,
        weight_decay=0.02,
        warmup_epochs=4.0,
        patience=0,
        class_weights="none",
    ),
    fine_tuning=FineTuningConfig(
        epochs=20, batch_size=8, learning_rate=3e-4, warmup_epochs=1.0, weight_decay=0.02, patience=0
    ),
    augmentation=AugmentationConfig(
        views=6, rotate=0.0, zoom=0.4, shift=0.1, brightness=0.25, contrast=0.25, colour=0.25, mixup=0.0
    ),
)
RECOMMENDED: dict[Task, RunConfig] = {
    "detection": msgspec.structs.replace(
        _DENSE,
        task="detection",
        input_size=512,
        augmentation=msgspec.structs.replace(_DENSE.augmentation, views=8),
    ),
    "segmentation": msgspec.structs.replace(_DENSE, task="segmentation", input_size=256),
}


def for_task(config: RunConfig, task: Task, training_examples: int) -> RunConfig:
    """The settings of a run that has none of its task's own yet: what is left at the default of a
    classification becomes what is recommended for the task, with epochs enough for so many examples.
    """
    if task in RECOMMENDED:
        config = msgspec.structs.replace(config, fit="pad")  # places are told of whole pictures, undistorted
    if task not in RECOMMENDED or config.task is not None:
        return config
    own = RECOMMENDED[task]
    merged: RunConfig = _merged(config, RunConfig(), own)
    if merged.training.epochs != own.training.epochs:
        return merged
    steps = -(-max(1, training_examples) // merged.training.batch_size)
    epochs = min(MOST_EPOCHS, max(own.training.epochs, -(-LEAST_STEPS[task] // steps)))
    return msgspec.structs.replace(merged, training=msgspec.structs.replace(merged.training, epochs=epochs))


def _merged(part: Any, usual: Any, own: Any) -> Any:
    """A part of the settings; what is as `usual` in it becomes what it is in `own`."""
    changes = {}
    for name in part.__struct_fields__:
        value, before, after = (getattr(one, name) for one in (part, usual, own))
        if isinstance(value, msgspec.Struct):
            changes[name] = _merged(value, before, after)
        elif value == before:
            changes[name] = after
    return msgspec.structs.replace(part, **changes)
