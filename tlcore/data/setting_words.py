"""Every setting of a run in words: what it is called, what it does, whether it plays a part, its values.

What two runs differ in (the Compare page) and what the coach suggests to change speak of settings alike.
"""

from __future__ import annotations

from typing import Any

from tlcore.config import FineTuningConfig, RunConfig
from tlcore.data.manifest import Task
from tlcore.data.task_words import TaskWords

# Every setting there is: what it is called, and what it does.
SETTINGS = {
    "data": ("Data set", "What it learned from."),
    "data_version": ("Version of the data", "Each change to a data set makes another one."),
    "backbone": ("Backbone", "The pretrained network that it is built on."),
    "input_size": ("Input size", "Pixels of a picture's side, or tokens of a text, that the backbone sees."),
    "fit": ("Pictures that are not square", "How they become square."),
    "pretrained": ("Pretrained weights", "Without them the backbone starts from random numbers."),
    "unfreeze": ("{Block}s unfrozen", "{Block}s of the backbone that train with the head."),
    "head.hidden": ("Hidden layers", "Sizes of the layers between the backbone and the answer."),
    "head.dropout": ("Dropout", "Share of the head hidden in each step, against learning by heart."),
    "training.epochs": ("Epochs at most", "How often all training {many} are passed."),
    "training.batch_size": ("Batch size", "Training {many} in each step."),
    "training.optimizer": ("Optimiser", "The rule by which steps are taken."),
    "training.learning_rate": ("Learning rate", "How large the steps are."),
    "training.schedule": (
        "Schedule",
        "Whether steps become smaller to the end (cosine) or stay as they are.",
    ),
    "training.warmup_epochs": ("Warm-up epochs", "During these the steps grow to their full size."),
    "training.weight_decay": ("Weight decay", "Pulls weights towards zero, against learning by heart."),
    "training.patience": ("Patience", "Epochs to wait for a better validation loss."),
    "training.loss": ("Loss", "What training makes small; both are the same in other notations."),
    "training.label_smoothing": ("Label smoothing", "Share of each target spread over all classes."),
    "training.class_weights": ("Class weights", "Whether {many} of rarer classes count for more."),
    "fine_tuning.epochs": (
        "Fine-tuning: epochs at most",
        "How often all are passed once {block}s train too.",
    ),
    "fine_tuning.learning_rate": ("Fine-tuning: learning rate", "How large the steps are then."),
    "fine_tuning.depth_decay": (
        "Fine-tuning: decay by depth",
        "How much smaller for each {block} further in.",
    ),
    "fine_tuning.warmup_epochs": ("Fine-tuning: warm-up epochs", "During these the steps grow."),
    "fine_tuning.weight_decay": ("Fine-tuning: weight decay", "Pulls weights towards zero."),
    "fine_tuning.patience": ("Fine-tuning: patience", "Epochs to wait for a better validation loss."),
    "split.validation": ("Validation share", "Held out to see, while training, how it does."),
    "split.test": ("Test share", "Held out to the very end, for the honest score."),
    "split.seed": ("Seed of the split", "Another one holds out other {many}."),
    "split.grouped": ("Look-alikes stay together", "Near copies never part between training and test."),
    "split.brought": ("Split as brought", "Whether the folder's own parts are kept."),
    "split.most_per_class": ("Training {many} per class", "At most so many are used."),
    "augmentation.views": ("Changed copies (views)", "Of each training picture, another one in each epoch."),
    "augmentation.flip": ("Views: mirrored", "Half of the views are mirrored left to right."),
    "augmentation.rotate": ("Views: rotation", "How far at most, either way."),
    "augmentation.zoom": ("Views: zoom", "How much larger or smaller at most."),
    "augmentation.shift": ("Views: shift", "How far of the side at most."),
    "augmentation.brightness": ("Views: brightness", "How far it changes at most."),
    "augmentation.contrast": ("Views: contrast", "How far it changes at most."),
    "augmentation.colour": ("Views: colour", "How far its strength changes at most."),
    "augmentation.mixup": ("Mixup", "How strongly pairs of training pictures are blended."),
    "seed": ("Seed", "Another one draws other numbers at random: the size of this difference is chance."),
    "cache": ("Cache", "Whether the frozen part's output was kept. It changes the time, not the result."),
    "engine": ("Engine", "What computed the frozen part."),
    "start_from": ("Trained further from", "The run whose weights it began with."),
}
# Settings that play no part for a task: a key, or what its first part is.
IDLE: dict[Task, tuple[str, ...]] = {"images": (), "texts": ("fit", "augmentation")}
SHARES = ("split.validation", "split.test", *(f"augmentation.{kind}" for kind in ("zoom", "shift")))
SHARES += ("augmentation.brightness", "augmentation.contrast", "augmentation.colour")
NOTHING = {
    "head.hidden": "none",
    "augmentation.views": "none",
    "split.most_per_class": "all",
    "start_from": "nothing",
}
OWN_OF_FINE_TUNING = FineTuningConfig.__struct_fields__  # the head's recipe gives way to these


def named(text: str, words: TaskWords) -> str:
    """A name or an explanation from the table, for examples that have these `words`."""
    return text.format(one=words.one, many=words.many, block=words.block, Block=words.block.capitalize())


def is_used(key: str, config: RunConfig, task: Task | None) -> bool:
    """Whether the setting changes anything in such a run."""
    part, _, name = key.rpartition(".")
    if task and {key, part} & set(IDLE[task]):
        return False
    if part == "fine_tuning":
        return "fine-tuning" in config.phases
    if part == "training" and name in OWN_OF_FINE_TUNING:
        return config.phases != ("fine-tuning",)
    if part == "augmentation" and name not in ("views", "mixup"):
        return config.augmentation.views > 0
    return True


def in_words(key: str, value: Any) -> str:
    """A value as plain builtins, for people."""
    if value is None or value == () or (key == "augmentation.views" and not value):
        return NOTHING.get(key, "automatic")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if key in SHARES:
        return f"{100 * value:.3g} %"
    if key == "augmentation.rotate":
        return f"{value:g}°"
    return f"{value:g}" if isinstance(value, float) else str(value)
