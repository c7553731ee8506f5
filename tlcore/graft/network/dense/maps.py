"""The maps of a backbone that detectors and segmenters look at, and the cut through several of them.

A map is the last one of its stride: each of its places stands for 8, 16 or 32 pixels of the picture.
"""

from __future__ import annotations

import keras

from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.catalogue import STRIDES
from tlcore.backbones.catalogue.entry import Backbone
from tlcore.backbones.graph import steps
from tlcore.errors import BackboneError
from tlcore.graft.network import cut


def feature_maps(backbone: keras.Model, entry: Backbone) -> tuple[keras.KerasTensor, ...]:
    """The maps of `backbone` with strides 8, 16 and 32, (n, size / stride, size / stride, channels).

    Raises:
        BackboneError: it has none of some stride.
    """
    ends = catalogue.map_blocks(entry)
    if ends is None:
        raise BackboneError(
            f"{entry.name} gives no maps of 8, 16 and 32 pixels, which finding things needs.",
            received=entry.id,
            remedy="Choose another backbone.",
        )
    maps = [cut.output_of(backbone, entry.blocks[ends[stride]].output) for stride in STRIDES]
    # Each block of HGNetV2 ends in a convolution that widens: the last is no other.
    last = maps[-1] if entry.family == "HGNetV2" else _before_widening(backbone, maps[-1])
    return (*maps[:-1], last)


def _before_widening(backbone: keras.Model, last: keras.KerasTensor) -> keras.KerasTensor:
    """The last map before the 1 × 1 convolution that widens it for pooling, where the backbone ends in one.

    That convolution is made for the classes it was trained on, and its output is several times as large.
    """
    producers = {id(output): step for step in steps(backbone) for output in step.outputs}
    tensor = last
    for _ in range(3):  # an activation and a batch norm stand behind it
        step = producers[id(tensor)]
        if len(step.inputs) != 1:
            break
        source, layer = step.inputs[0], step.operation
        if isinstance(layer, keras.layers.Conv2D) and layer.kernel_size == (1, 1):
            is_wider = source.shape[-1] < tensor.shape[-1] and source.shape[1:3] == tensor.shape[1:3]
            return source if is_wider else last
        tensor = source
    return last


def boundary(
    backbone: keras.Model, entry: Backbone, maps: tuple[keras.KerasTensor, ...], first: int
) -> cut.Cut:
    """The cut before block number `first`: its input, and the maps that lie before it.

    Args:
        first: the first block that trains, from `catalogue.trainable_from`; all of them: the maps alone.
    """
    if first == len(entry.blocks):
        return maps
    ends = catalogue.map_blocks(entry) or {}
    before = [tensor for stride, tensor in zip(STRIDES, maps, strict=True) if ends[stride] < first]
    (here,) = cut.boundary(backbone, entry.blocks[first - 1])
    return (*before, *(() if any(here is tensor for tensor in before) else (here,)))
