"""Writes the catalogue of text backbones: builds every network with random weights and counts in its graph.

    python -m tlcore.commands.describe.texts              # all, a few minutes and 5 GB
    python -m tlcore.commands.describe.texts minilm_l6    # this one again, the others as they are

A developer's command, as `describe` is for pictures. Blocks are the embeddings and each transformer layer.
"""

from __future__ import annotations

import math
import re
import sys
from typing import Any

import keras
import keras_hub

from tlcore.backbones import hub
from tlcore.backbones.block_counts import given
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.entry import ATTENTION_MACS, ATTENTION_NUMBERS, Backbone, Block
from tlcore.backbones.catalogue.text_facts import BY_ID, PublishedText
from tlcore.backbones.graph import Step, steps
from tlcore.backbones.texts import loader
from tlcore.backbones.weights import weights
from tlcore.commands.describe.images import write

EMBEDDINGS = "embeddings"
LAYER = re.compile(r"layer_(\d+)$")  # ends the name of a transformer layer
SHORTEST = 16  # tokens


def describe(entry: PublishedText) -> Backbone:
    """One line of the catalogue, from a network with random weights at its longest input."""
    model = loader.build(entry, entry.longest, loader.random_backbone(entry))
    found = blocks(model, entry.longest)
    params = sum(block.params for block in found)
    embedded = entry.source == "package"
    return Backbone(
        id=entry.id,
        name=entry.name,
        family=entry.family,
        source=entry.source,
        params=params,
        macs=sum(block.macs for block in found),
        top1=None,
        top5=None,
        licence=entry.licence,
        input_size=entry.longest,
        min_size=SHORTEST,
        fixed_size=False,
        download_bytes=weights.MINILM.size if embedded else 4 * params,
        works_offline=embedded,
        features=entry.width,
        blocks=found,
        published=entry.published,
        weights_file=weights.MINILM.checked if embedded else _kaggle_file(entry),
        task="texts",
        pooling=entry.pooling,
        languages=entry.languages,
    )


def _kaggle_file(entry: PublishedText) -> str:
    """The path where kagglehub puts the weights of a preset, below the weights folder."""
    return hub.weights_file(preset(entry)["kaggle_handle"])


def preset(entry: PublishedText) -> dict[str, Any]:
    """KerasHub's own table entry for it."""
    return getattr(keras_hub.models, f"{entry.kind}Backbone").presets[entry.preset]


def blocks(model: keras.Model, length: int) -> tuple[Block, ...]:
    """The blocks of a text backbone from `texts.build`, from the input on.

    DeBERTa's table of relative positions is called before each layer, and counts as embeddings.
    """
    parts: dict[str, list[Step]] = {EMBEDDINGS: []}
    for step in steps(model):
        number = LAYER.search(step.operation.name)
        parts.setdefault(f"layer_{int(number[1]) + 1}" if number else EMBEDDINGS, []).append(step)
    names = list(parts)
    ends = [parts[after][0].arguments[0][0] for after in names[1:]] + [model.outputs[0]]
    return tuple(_block(name, parts[name], end, length) for name, end in zip(names, ends, strict=True))


def _block(name: str, part: list[Step], end: keras.KerasTensor, length: int) -> Block:
    layers = {id(step.operation): step.operation for step in part if isinstance(step.operation, keras.Layer)}
    params = sum(layer.count_params() for layer in layers.values())
    attention = sum(_attention(step, length) for step in part)
    return Block(
        name=name,
        output=end._keras_history.operation.name,
        params=params,
        trainable=params,
        macs=sum(_macs(step, length) for step in part),
        shape=(length, int(end.shape[-1])),
        activations=attention + sum(_numbers(step, length) for step in part),
        attention=attention,
    )


def _macs(step: Step, length: int) -> int:
    """Multiply-accumulates of a transformer layer: dense layers for each token, and attention."""
    if not LAYER.search(step.operation.name):
        return 0
    width = int(step.outputs[0].shape[-1])
    kernels = [weight.shape for weight in step.operation.weights if weight.name == "kernel"]
    dense = length * sum(math.prod(shape) for shape in kernels)
    return dense + ATTENTION_MACS * width * length**2 + _relative_macs(step, length, width)


def _relative_macs(step: Step, length: int, width: int) -> int:
    """DeBERTa's attention of tokens to relative positions, and the projections of those, both ways."""
    table = step.arguments[1].get("rel_embeddings")
    if table is None:
        return 0
    positions = int(table.shape[1])
    return 2 * positions * width * (width + length)


def _numbers(step: Step, length: int) -> int:
    """Numbers that an operation gives for one text. In a transformer layer, for each token: what each dense
    layer gives, once more what comes out of the activation, each normalisation and the sum before it.
    """
    if not LAYER.search(step.operation.name):
        return given(step, length)
    of = {
        kind: sum(math.prod(weight.shape) for weight in step.operation.weights if weight.name == kind)
        for kind in ("bias", "beta")
    }
    return length * (of["bias"] + step.operation.intermediate_dim + 2 * of["beta"])


def _attention(step: Step, length: int) -> int:
    """Of a transformer layer's, those for each pair of tokens. DeBERTa has more, which are left out."""
    if not LAYER.search(step.operation.name):
        return 0
    return ATTENTION_NUMBERS * step.operation.num_heads * length**2


if __name__ == "__main__":
    write(BY_ID, describe, sys.argv[1:], catalogue.FILES["texts"])
