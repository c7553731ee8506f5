"""Whether two configurations are the same experiment, and what differs between two in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from tlcore.backbones import catalogue
from tlcore.config import AugmentationConfig, FineTuningConfig, RunConfig
from tlcore.data.manifest import Manifest, Task
from tlcore.data.settled import settled
from tlcore.data.words import WORDS, Words

UNUSED = "–"


@dataclass(frozen=True)
class Change:
    """A setting by the name that pages give it, and what it was and shall be, in words."""

    setting: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.setting}: {self.old} → {self.new}"


def is_same(one: RunConfig, other: RunConfig) -> bool:
    """Whether two runs try the same thing, given what is `essential` of each."""
    if None in (one.input_size, other.input_size):  # a text's length that the data decide, once it trains
        one, other = (msgspec.structs.replace(config, input_size=None) for config in (one, other))
    return one == other


def essential(config: RunConfig, manifest: Manifest) -> RunConfig:
    """The configuration on these data without what decides nothing, or only by chance: where they lie, how
    the frozen part is computed, seeds, and settings of what is not used.
    """
    config = settled(config, manifest)
    return msgspec.structs.replace(
        config,
        data="",
        seed=0,
        cache=True,
        engine="auto",
        start_from=None,
        split=msgspec.structs.replace(config.split, seed=0),
        input_size=SIZES[manifest.task](config),
        augmentation=_used_augmentation(config.augmentation),
        fine_tuning=config.fine_tuning if "fine-tuning" in config.phases else FineTuningConfig(),
    )


def _used_augmentation(config: AugmentationConfig) -> AugmentationConfig:
    """Kinds of change play no part where no changed view is made."""
    return config if config.views else AugmentationConfig(mixup=config.mixup)


def _pixels(config: RunConfig) -> int | None:
    return config.input_size or catalogue.get(config.backbone).input_size


def _tokens(config: RunConfig) -> int | None:
    return config.input_size


SIZES: dict[Task, Callable[[RunConfig], int | None]] = {"images": _pixels, "texts": _tokens}


def changes(old: RunConfig, new: RunConfig, manifest: Manifest) -> tuple[Change, ...]:
    """Every setting that is another one in `new`, where it plays a part in both."""
    old, new = settled(old, manifest), settled(new, manifest)
    words = WORDS[manifest.task]
    described = [(name, say(old, words), say(new, words)) for name, say in SETTINGS.items()]
    return tuple(
        Change(name.format(one=words.one, Block=words.block.capitalize()), before, after)
        for name, before, after in described
        if before != after and UNUSED not in (before, after)
    )


def _unfrozen(config: RunConfig, words: Words) -> str:
    if config.unfreeze == "all":
        return "all"
    if config.unfreeze == 0:
        return "none"
    return f"the last {words.block}" if config.unfreeze == 1 else f"the last {config.unfreeze}"


def _size(config: RunConfig, words: Words) -> str:
    unit = catalogue.UNITS[catalogue.task_of(config.backbone)].of
    return f"{config.input_size or catalogue.get(config.backbone).input_size} {unit}"


def _tuned(say: Callable[[FineTuningConfig], str]) -> Callable[[RunConfig, Words], str]:
    """What `say` says, where a second phase is trained."""
    return lambda config, words: say(config.fine_tuning) if "fine-tuning" in config.phases else UNUSED


def _widths(config: RunConfig, words: Words) -> str:
    return ", ".join(map(str, config.head.hidden)) or "none"


# Every setting that a suggestion can change, in the order of the pages.
SETTINGS: dict[str, Callable[[RunConfig, Words], str]] = {
    "Starts from": lambda c, words: "another run" if c.start_from else "afresh",
    "Pretrained weights": lambda c, words: "yes" if c.pretrained else "no",
    "Input size": _size,
    "{Block}s unfrozen": _unfrozen,
    "Hidden layers": _widths,
    "Dropout": lambda c, words: f"{c.head.dropout:g}",
    "Epochs at most": lambda c, words: str(c.training.epochs),
    "Learning rate": lambda c, words: f"{c.training.learning_rate:,g}",
    "Weight decay": lambda c, words: f"{c.training.weight_decay:g}",
    "Label smoothing": lambda c, words: f"{c.training.label_smoothing:g}",
    "Class weights": lambda c, words: "automatic" if c.training.class_weights == "auto" else "off",
    "Fine-tuning: epochs at most": _tuned(lambda tuning: str(tuning.epochs)),
    "Fine-tuning: learning rate": _tuned(lambda tuning: f"{tuning.learning_rate:,g}"),
    "Fine-tuning: weight decay": _tuned(lambda tuning: f"{tuning.weight_decay:g}"),
    "Changed copies (views) of each training {one}": lambda c, words: str(c.augmentation.views or "none"),
    "Mixup": lambda c, words: f"{c.augmentation.mixup:g}",
}
