"""Settings by task: their words for its examples, and whether they play a part in a run."""

from __future__ import annotations

import dataclasses

from tlcore.config import RunConfig
from tlcore.config.settings import SETTINGS, Setting
from tlcore.config.training import FineTuningConfig
from tlcore.data.manifest import Task
from tlcore.data.task_words import TaskWords

# Settings that play no part for a task: a path, or its first part.
_OF_CLASSES = (
    "fit",
    "augmentation.mixup",
    "training.loss",
    "training.label_smoothing",
    "training.class_weights",
)
UNUSED: dict[Task, tuple[str, ...]] = {
    "images": (),
    "texts": ("fit", "augmentation"),
    "detection": _OF_CLASSES,
    "segmentation": _OF_CLASSES,
}


def setting_for(path: str, words: TaskWords) -> Setting:
    """A setting with its title and help in the words of a task."""
    setting = SETTINGS[path]

    def fill(template: str) -> str:
        block = words.block
        return template.format(
            one=words.one, many=words.many, each=words.each, block=block, Block=block.capitalize()
        )

    return dataclasses.replace(setting, title=fill(setting.title), help=fill(setting.help))


def is_used(path: str, config: RunConfig, task: Task | None) -> bool:
    """True where the setting changes anything in such a run."""
    part, _, name = path.rpartition(".")
    if task and {path, part} & set(UNUSED[task]):
        return False
    if path == "head.counts":
        return task in (None, "texts") and config.is_head_open
    if part == "fine_tuning":
        return "fine-tuning" in config.phases
    if part == "training" and name in FineTuningConfig.__struct_fields__:  # these give way to the phase's own
        return config.phases != ("fine-tuning",)
    if part == "augmentation" and name not in ("views", "mixup"):
        return config.augmentation.views > 0
    return True
