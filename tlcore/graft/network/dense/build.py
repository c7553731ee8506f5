"""Grafting for answers at every place: the backbone's maps, cut where freezing ends, with a pyramid as head.

    picture ── front (frozen, run once) ── maps of strides 8, 16, 32 ── tail (trained) ── raw ── answers

Each phase has its own cut, as in `network/build.py`; here it is several tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.images import loader
from tlcore.config import RunConfig
from tlcore.download import OnProgress
from tlcore.errors import ConfigError
from tlcore.graft.network.build import Graft, PhaseModel, set_batch_norm, split_network
from tlcore.graft.network.dense import maps
from tlcore.graft.network.seeds import set_seed

WIDTH = 96  # channels of the pyramid
UNIT = 32  # the input is a multiple of so many pixels, so that maps of all strides fit one another
AddHead = Callable[[tuple[keras.KerasTensor, ...], int, float, int], keras.KerasTensor]
AddAnswers = Callable[[keras.KerasTensor, int], Any]


def build(
    config: RunConfig,
    classes: int,
    size: int,
    add_head: AddHead,
    add_answers: AddAnswers,
    on_progress: OnProgress | None = None,
    pretrained: bool = True,
) -> Graft:
    """Load the backbone, graft a head for `classes` classes on its maps and cut where `unfreeze` says.

    Args:
        size: of the letter-boxed picture, in pixels.
        add_head: from maps, width, dropout and number of classes to the tail's output.
        add_answers: from the tail's output and the size to the outputs of the finished model.
        pretrained: False for a network whose weights are set afterwards, whatever the configuration says.

    Raises:
        BackboneError: unknown backbone or input size; WeightsError: the weights cannot be had.
        ConfigError: the size is no multiple of 32.
    """
    _check_size(size)
    entry = catalogue.get(config.backbone)
    weights = "imagenet" if pretrained and config.pretrained else None
    set_seed(config.seed)
    backbone = loader.load(config.backbone, size, weights, on_progress=on_progress)
    set_seed(config.seed)
    set_batch_norm(backbone, config.pretrained)
    tensors = maps.feature_maps(backbone, entry)
    width = config.hidden[0] if config.hidden else WIDTH
    raw = add_head(tensors, width, config.head.dropout, classes)
    body = keras.Model(backbone.input, raw)
    models = []
    for phase in config.phases:
        first = catalogue.trainable_from(entry, 0 if phase == "head" else config.unfreeze)
        cut = maps.boundary(backbone, entry, tensors, first) if first else None
        models.append(PhaseModel(phase, *split_network(body, cut)))
    return Graft(keras.Model(backbone.input, add_answers(raw, size), name="graft"), tuple(models))


def _check_size(size: int) -> None:
    """Refuse a size on which the maps of all strides would not fit one another."""
    if size % UNIT:
        raise ConfigError(
            f"To find things, pictures must be a multiple of {UNIT} pixels wide.",
            received=size,
            remedy=f"Choose {max(1, round(size / UNIT)) * UNIT}.",
        )
