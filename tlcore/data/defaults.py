"""Defaults that depend on the data, filled in before a run is stored."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from tlcore.config import RunConfig, resolved
from tlcore.config.recommended import for_task
from tlcore.data.examples.summary import split_counts
from tlcore.data.manifest import Manifest

SIDES = {"left", "right", "links", "rechts", "gauche", "droite", "izquierda", "derecha", "sinistra", "destra"}
# `7`, `b`, `digit_7`, `Letter B`
SYMBOL = re.compile(r"((digit|number|numeral|letter|char|character|sign)[\W_]*)?[^\W_]", re.IGNORECASE)


def with_defaults(config: RunConfig, manifest: Manifest) -> RunConfig:
    """The configuration for this version of the data: rates for its task, mirroring where harmless."""
    splits = split_counts(manifest.examples)
    trained = splits[None] + splits["train"]
    trained = min(trained, config.split.most_per_class or trained)
    config = for_task(config, manifest.task, trained)
    config = resolved(msgspec.structs.replace(config, data_version=manifest.version), manifest.task)
    if config.augmentation.flip is not None:
        return config
    flip = not mirroring_matters(manifest.classes)
    return msgspec.structs.replace(
        config, augmentation=msgspec.structs.replace(config.augmentation, flip=flip)
    )


def mirroring_matters(classes: Sequence[str]) -> bool:
    """True if class names look like digits, letters or sides: mirroring changes what such pictures show."""
    return any(SYMBOL.fullmatch(name) or SIDES & set(re.split(r"[\W_]+", name.lower())) for name in classes)
