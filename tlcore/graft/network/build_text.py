"""Grafting on a text backbone: one flat graph from strings to probabilities, its tokenizer inside.

Front and tail begin behind the tokenizer, and share their weights with the whole:

    text ── tokens ── front (frozen, run once) ── cut ── tail (trained) ── logits ── 1/temperature ── softmax
"""

from __future__ import annotations

from collections.abc import Callable

import keras

from tlcore.backbones import graph
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.entry import Backbone, Pooling
from tlcore.backbones.texts import loader
from tlcore.config import PhaseName, RunConfig
from tlcore.download import OnProgress
from tlcore.graft.network import build as build_image
from tlcore.graft.network import cut
from tlcore.graft.network.build import Graft, PhaseModel, add_head, add_probabilities
from tlcore.graft.network.seeds import set_seed


def build(
    config: RunConfig,
    classes: int,
    length: int,
    on_progress: OnProgress | None = None,
    pretrained: bool = True,
) -> Graft:
    """Load the backbone, graft a head for `classes` classes and cut where `config.unfreeze` says.

    Args:
        length: in tokens; longer texts are cut off.

    Raises:
        BackboneError: unknown backbone or impossible length; WeightsError: the weights cannot be had.
    """
    entry = catalogue.get(config.backbone)
    length = catalogue.input_size(entry, length)
    set_seed(config.seed)  # random weights depend on the seed alone ...
    backbone = loader.load(config.backbone, None, pretrained and config.pretrained, on_progress)
    tokens = loader.tokenizer(config.backbone, length, on_progress)
    set_seed(config.seed)  # ... and the head's on nothing that was drawn before
    pooled = POOLINGS[entry.pooling](*backbone.outputs)
    body = keras.Model(backbone.input, add_head(pooled, config.hidden, config.head.dropout, classes))
    cuts = {phase: _cut(config, phase, entry, backbone, pooled) for phase in config.phases}
    phase_models = tuple(PhaseModel(phase, *split(body, tensors)) for phase, tensors in cuts.items())
    text = keras.Input((), dtype="string", name="text")
    (logits,) = graph.replay(body, [tokens(text)])
    return Graft(keras.Model(text, add_probabilities(logits), name="graft"), phase_models)


def _mean(states: keras.KerasTensor, mask: keras.KerasTensor) -> keras.KerasTensor:
    """Mean over real tokens; zeros for a text without any, such as a filler of a batch."""
    real = keras.ops.expand_dims(keras.ops.cast(mask, "float32"), -1)
    total = keras.ops.sum(keras.ops.cast(states, "float32") * real, axis=1)
    return total / keras.ops.maximum(keras.ops.sum(real, axis=1), 1.0)


def _first(states: keras.KerasTensor, mask: keras.KerasTensor) -> keras.KerasTensor:
    return states[:, 0]


Pool = Callable[[keras.KerasTensor, keras.KerasTensor], keras.KerasTensor]
POOLINGS: dict[Pooling, Pool] = {"mean": _mean, "first": _first}


def _cut(
    config: RunConfig,
    phase: PhaseName,
    entry: Backbone,
    backbone: keras.Model,
    pooled: keras.KerasTensor,
) -> cut.Cut | None:
    """End of the frozen part: the pooling, or hidden states with their mask; None: nothing is frozen."""
    if phase == "head":
        return (pooled,)
    first = catalogue.trainable_from(entry, config.unfreeze)
    mask = backbone.outputs[1]
    return (*cut.boundary(backbone, entry.blocks[first - 1]), mask) if first > 0 else None


def split(body: keras.Model, tensors: cut.Cut | None) -> tuple[keras.Model | None, keras.Model]:
    """As in `build.py`; layers in both parts stay frozen: DeBERTa's table of relative positions.

    Every layer reads it, and training it would change the output of the front, which is computed once.
    """
    front, tail = build_image.split_network(body, tensors)
    frozen = {id(layer) for layer in front.layers} if front is not None else set()
    for layer in tail.layers:
        if id(layer) in frozen:
            layer.trainable = False
    return front, tail
