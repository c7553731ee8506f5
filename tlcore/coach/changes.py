"""Comparison of two configurations: are they the same experiment, and their differences in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from tlcore.backbones.catalogue import catalogue
from tlcore.config import RunConfig
from tlcore.config.augmentation import AugmentationConfig
from tlcore.config.settings import SETTINGS, value_of
from tlcore.config.task import INPUTS, InputKind
from tlcore.config.training import FineTuningConfig
from tlcore.data.defaults import with_defaults
from tlcore.data.manifest import Manifest
from tlcore.data.task_settings import is_used, setting_for
from tlcore.data.task_words import WORDS, TaskWords


@dataclass(frozen=True)
class SettingChange:
    """A setting by the name that pages give it, and what it was and shall be, in words."""

    setting: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.setting}: {self.old} → {self.new}"


def is_same(one: RunConfig, other: RunConfig) -> bool:
    """True where two runs try the same thing, given what is `essential` of each."""
    if None in (one.input_size, other.input_size):  # a text's length that the data decide, once it trains
        one, other = (msgspec.structs.replace(config, input_size=None) for config in (one, other))
    return one == other


def essential(config: RunConfig, manifest: Manifest) -> RunConfig:
    """The configuration on these data without what decides nothing, or only by chance: where they lie, how
    the frozen part is computed, seeds, and settings of what is not used.
    """
    config = with_defaults(msgspec.structs.replace(config, start_from=None), manifest)
    return msgspec.structs.replace(
        config,
        data="",
        data_version=1,
        seed=0,
        cache=True,
        engine="auto",
        split=msgspec.structs.replace(config.split, seed=0),
        input_size=SIZES[INPUTS[manifest.task]](config),
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


SIZES: dict[InputKind, Callable[[RunConfig], int | None]] = {"images": _pixels, "texts": _tokens}


def changes(old: RunConfig, new: RunConfig, manifest: Manifest) -> tuple[SettingChange, ...]:
    """Every setting that is another one in `new`, where it plays a part in both."""
    old, new = with_defaults(old, manifest), with_defaults(new, manifest)
    words = WORDS[manifest.task]
    differences = []
    for key in SETTINGS:
        if key in SILENT or not all(is_used(key, config, manifest.task) for config in (old, new)):
            continue
        before, after = (_value_in_words(key, config, words) for config in (old, new))
        if before != after:
            differences.append(SettingChange(setting_for(key, words).title, before, after))
    return tuple(differences)


def _value_in_words(key: str, config: RunConfig, words: TaskWords) -> str:
    if key in OWN_WORDS:
        return OWN_WORDS[key](config, words)
    return SETTINGS[key].value_in_words(value_of(config, key))


def _unfrozen(config: RunConfig, words: TaskWords) -> str:
    if config.unfreeze == "all":
        return "all"
    if config.unfreeze == 0:
        return "none"
    return f"the last {words.block}" if config.unfreeze == 1 else f"the last {config.unfreeze}"


def _size(config: RunConfig, words: TaskWords) -> str:
    unit = catalogue.UNITS[INPUTS[catalogue.task_of(config)]].name
    return f"{config.input_size or catalogue.get(config.backbone).input_size} {unit}"


# What no suggestion is about: it decides nothing, or comes with the start of a run.
SILENT = {"data", "data_version", "seed", "cache", "engine", "kept"}
OWN_WORDS: dict[str, Callable[[RunConfig, TaskWords], str]] = {
    "unfreeze": _unfrozen,
    "input_size": _size,
    "start_from": lambda config, words: "another run" if config.start_from else "nothing",
}
