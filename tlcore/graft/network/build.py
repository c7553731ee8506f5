"""Grafting: a pretrained backbone, cut where freezing ends, with a new head.

One flat graph from uint8 pictures to probabilities; front and tail are two views of the same weights, and
each phase of training has its own cut:

    picture ── front (frozen, run once) ── cut ── tail (trained) ── logits ── 1/temperature ── softmax
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.entry import Backbone
from tlcore.backbones.images import loader
from tlcore.config import PhaseName, RunConfig
from tlcore.config.training import RANDOM_MOMENTUM
from tlcore.download import OnProgress
from tlcore.errors import ConfigError
from tlcore.graft.network import cut
from tlcore.graft.network.seeds import set_seed

FEATURES_RANK = 2  # of (n, width)


@dataclass(frozen=True)
class PhaseModel:
    """The network cut for one phase of training."""

    phase: PhaseName
    front: keras.Model | None  # None: nothing is frozen, the cut tensors are the inputs themselves
    tail: keras.Model  # cut tensors → logits


@dataclass(frozen=True)
class Graft:
    """The whole network, inputs to probabilities, and its cuts by phase, in their order."""

    model: keras.Model
    phase_models: tuple[PhaseModel, ...]

    @property
    def front(self) -> keras.Model | None:
        """The part that stays frozen to the end."""
        return self.phase_models[-1].front

    @property
    def tail(self) -> keras.Model:
        """The part that trains at the end, up to the logits."""
        return self.phase_models[-1].tail


def build(
    config: RunConfig, classes: int, on_progress: OnProgress | None = None, pretrained: bool = True
) -> Graft:
    """Load the backbone, graft a head for `classes` classes and cut where `config.unfreeze` says.

    Args:
        pretrained: False for a network whose weights are set afterwards, whatever the configuration says.

    Raises:
        BackboneError: unknown backbone or input size; WeightsError: the weights cannot be had.
    """
    entry = catalogue.get(config.backbone)
    weights = "imagenet" if pretrained and config.pretrained else None
    set_seed(config.seed)  # random weights depend on the seed alone ...
    backbone = loader.load(config.backbone, config.input_size, weights, on_progress=on_progress)
    set_seed(config.seed)  # ... and the head's on nothing that was drawn before
    pooled = backbone.output  # of a backbone that came in a file, which ends in features
    if len(pooled.shape) > FEATURES_RANK:
        pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(pooled)
    logits = add_head(pooled, config.hidden, config.head.dropout, classes)
    body = keras.Model(backbone.input, logits)
    set_batch_norm(body, config.pretrained)
    cuts = {phase: _cut(config, phase, entry, backbone, pooled) for phase in config.phases}
    phase_models = tuple(PhaseModel(phase, *split_network(body, tensors)) for phase, tensors in cuts.items())
    return Graft(keras.Model(backbone.input, add_probabilities(logits), name="graft"), phase_models)


def add_head(
    pooled: keras.KerasTensor, hidden: tuple[int, ...], dropout: float, classes: int
) -> keras.KerasTensor:
    """A new head on pooled features (n, width), with `hidden` layers: logits (n, classes)."""
    x = pooled
    for i, width in enumerate(hidden, start=1):
        x = keras.layers.Dense(width, activation="relu", name=f"head_{i}")(x)
    if dropout:
        x = keras.layers.Dropout(dropout, name="head_dropout")(x)
    return keras.layers.Dense(classes, name="logits", dtype="float32")(x)


def add_probabilities(logits: keras.KerasTensor) -> keras.KerasTensor:
    """Probabilities (n, classes).

    Calibration sets the temperature; the layer is always there, so that no model needs surgery.
    """
    scaled = keras.layers.Rescaling(1.0, name="temperature", dtype="float32")(logits)
    return keras.layers.Softmax(name="probabilities", dtype="float32")(scaled)


class Temperature:
    """The number that a model divides its logits by. Until it is settled, compiled functions follow it.

    Args:
        temperature: to begin with, where the model answers before the last one is known.
    """

    def __init__(self, model: keras.Model, temperature: float) -> None:
        self._layer = model.get_layer("temperature")
        self._scale = tf.Variable(1 / temperature, trainable=False)
        self._layer.scale = self._scale

    def settle(self, temperature: float) -> None:
        """Set it for good; it is saved with the model, like its weights."""
        self._scale.assign(1 / temperature)
        self._layer.scale = 1 / temperature


def _cut(
    config: RunConfig,
    phase: PhaseName,
    entry: Backbone,
    backbone: keras.Model,
    pooled: keras.KerasTensor,
) -> tuple[keras.KerasTensor, ...] | None:
    """End of the frozen part; None: nothing is frozen.

    With the whole backbone frozen the cut lies behind the pooling, which has nothing to train and makes the
    tensor some fifty times smaller.
    """
    if phase == "head":
        return (pooled,)
    first = catalogue.trainable_from(entry, config.unfreeze)
    return cut.boundary(backbone, entry.blocks[first - 1]) if first > 0 else None


def split_network(
    body: keras.Model, tensors: tuple[keras.KerasTensor, ...] | None
) -> tuple[keras.Model | None, keras.Model]:
    """Front and tail of the network up to its logits, cut at `tensors`; None freezes nothing."""
    if tensors is None:
        return None, keras.Model(body.inputs, body.outputs[0], name="tail")
    return cut.split(body, tensors)


def set_batch_norm(model: keras.Model, pretrained: bool) -> None:
    """Freeze batch norm in a pretrained backbone, also while its block trains.

    A few hundred pictures in small batches would spoil statistics learned from a million. From random weights
    it has to learn, and in few steps: so its memory is short.
    """
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = not pretrained
            layer.momentum = layer.momentum if pretrained else RANDOM_MOMENTUM


def continue_from(graft: Graft, weights: Sequence[np.ndarray]) -> None:
    """Set the weights of an earlier run's model.

    Raises:
        ConfigError: it has another backbone, head or number of classes.
    """
    if [tuple(weight.shape) for weight in graft.model.weights] != [weight.shape for weight in weights]:
        raise ConfigError(
            "The run to continue from has another backbone, head or number of classes.",
            remedy="Continue with the same settings, or start afresh.",
        )
    graft.model.set_weights(list(weights))
