"""Writes the backbone catalogue: builds every network with random weights and counts in its graph.

    python -m tlcore.commands.describe.images                    # all, about five minutes and 6 GB
    python -m tlcore.commands.describe.images resnet50 vgg16     # these again, the others as they are

A developer's command: run it when a backbone or the installed Keras changes, and commit the result.
"""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import keras
import keras_hub
import msgspec

from tlcore import system
from tlcore.backbones import hub
from tlcore.backbones.block_counts import image_block, trainable
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.convolution_facts import PublishedConvolutional
from tlcore.backbones.catalogue.entry import Backbone, Block
from tlcore.backbones.catalogue.image_facts import BY_ID
from tlcore.backbones.catalogue.published_image import PublishedHub, PublishedImage
from tlcore.backbones.catalogue.swin_facts import PublishedSwin
from tlcore.backbones.catalogue.transformer_facts import PublishedTransformer
from tlcore.backbones.graph import Step, steps
from tlcore.backbones.images import applications, loader
from tlcore.backbones.weights import weights
from tlcore.graft.network.cut import single_cuts

# Which block an operation belongs to, by its name: (pattern, name of the block). A block ends at the last
# single cut before the next one begins, so what no pattern names is placed by the graph.
_LETTERED = ((r"(block\d+[a-z])_", "{0}"),)
_RESIDUAL = ((r"(conv\d_block\d+)_", "{0}"),)
_LAYERED = ((r"(layer\d+)_", "{0}"),)
PATTERNS: dict[str, tuple[tuple[str, str], ...]] = {
    "EfficientNet-Lite": _LETTERED,
    "EfficientNet": _LETTERED,
    "EfficientNetV2": _LETTERED,
    **dict.fromkeys(("DINOv2", "DINOv3", "DeiT", "ViT", "SigLIP 2", "CLIP", "Swin"), _LAYERED),
    "ResNet": _RESIDUAL,
    **dict.fromkeys(("ResNet, new recipe", "ResNet-vd"), ((r"(stack\d_block\d+)_", "{0}"),)),
    "EfficientNet, new recipe": _LETTERED,
    "MobileNetV3, new recipe": ((r"(block_\d+_\d+)_", "{0}"),),
    "HGNetV2": (
        (r"encoder_(stage_\d_block_\d+)_", "{0}"),
        (r"encoder_(stage_\d)_downsample_", "{0}_block_0"),
    ),
    "CSPNet": ((r"(stage_\d)_", "{0}"),),
    "ResNetV2": _RESIDUAL,
    "MobileNet": (
        (r"(block\d+)_", "{0}"),
        (r"conv_(?:pad|dw|pw)_(\d+)", "block{0}"),
        (r"expanded_conv_", "block_0"),
        (r"(block_\d+)_", "{0}"),
    ),
    "MobileNetV3": ((r"expanded_conv_(\d+)_", "block_{0}"), (r"expanded_conv_", "block_0")),
    "ConvNeXt": (
        (r"convnext_\w+?_(stage_\d_block_\d+)_", "{0}"),
        (r"convnext_\w+?_downsampling_\w+_0$", "stage_1_block_0"),
        (r"convnext_\w+?_downsampling_\w+_1$", "stage_2_block_0"),
        (r"convnext_\w+?_downsampling_\w+_2$", "stage_3_block_0"),
    ),
    "DenseNet": ((r"(?:conv|pool)([2-5])_", "stage{0}"),),
    "Inception": ((r"(mixed_?\d+[ab]?)$", "{0}"), (r"(block\d+_\d+)_", "{0}")),
    "Xception": ((r"(block(?!1_)\d+)_", "{0}"),),
    "VGG": ((r"(block\d)_", "{0}"),),
    # A cell reads the two before it, so no single tensor separates one from the next.
    "NASNet": ((r"(?:reduction|normal|adjust|separable)_", "cells"),),
}
STEM = "stem"
E = TypeVar("E")  # what is published about a backbone


def describe(entry: PublishedImage) -> Backbone:
    """One line of the catalogue, from a network with random weights at its default input size."""
    model = loader.build(entry, entry.input_size, pretrained=False)
    found = blocks(model, entry.family)
    params = sum(block.params for block in found)
    embedded = entry.source == "package"
    return Backbone(
        id=entry.id,
        name=entry.name,
        family=entry.family,
        source=entry.source,
        params=params,
        macs=sum(block.macs for block in found),
        top1=entry.top1,
        top5=entry.top5,
        licence=entry.licence,
        input_size=entry.input_size,
        min_size=entry.min_size,
        fixed_size=isinstance(entry, PublishedSwin),
        download_bytes=_download_bytes(entry, params),
        works_offline=embedded,
        features=int(model.output.shape[-1]),
        blocks=found,
        published=entry.published,
        weights_file=_weights_file(entry),
        patch=entry.patch if isinstance(entry, PublishedTransformer) else 0,
        tested_size=entry.tested_size,
    )


def _download_bytes(entry: PublishedImage, params: int) -> int:
    if isinstance(entry, PublishedHub) and not isinstance(entry, PublishedConvolutional):
        # Its preset may hold more, such as an encoder of texts.
        kind = getattr(keras_hub.models, f"{entry.kind}Backbone")
        return 4 * int(kind.presets[entry.preset]["metadata"]["params"])
    if entry.source in ("keras", "keras_hub"):
        return 4 * params  # float32; the file adds a few kilobytes of names
    return weights.PICTURES[entry.id].size if entry.id in weights.PICTURES else 0


def _weights_file(entry: PublishedImage) -> str:
    """The weight file, below the weights folder; "" for what lies in an installed package."""
    if entry.source == "package":
        return weights.PICTURES[entry.id].checked if entry.id in weights.PICTURES else ""
    if isinstance(entry, PublishedHub):
        return hub.weights_file(entry.handle)
    asked: list[str] = []

    def refuse(_: str, name: str, __: str | None) -> Path:
        asked.append(name)
        raise _AskedError

    try:
        with applications.downloads_to(refuse):
            getattr(keras.applications, entry.constructor)(
                include_top=False, input_shape=(entry.input_size,) * 2 + (3,)
            )
    except _AskedError:
        return f"{applications.SUBFOLDER}/{asked[0]}"
    raise RuntimeError(f"{entry.constructor} asked for no weight file")


class _AskedError(Exception):
    """Ends the building of a network once it has named its weight file."""


def blocks(model: keras.Model, family: str) -> tuple[Block, ...]:
    """The blocks of a backbone, from the input on, each ending in a tensor that is a cut by itself."""
    graph = steps(model)
    ends = block_ends(model, graph, family)
    made, first = [], 0
    for name, last in ends:
        made.append(image_block(name, graph[first : last + 1]))
        first = last + 1
    return tuple(made)


def block_ends(model: keras.Model, graph: list[Step], family: str) -> list[tuple[str, int]]:
    """(block name, index in `graph` of its last step): the final one takes all that is left."""
    cuts = {id(tensor) for tensor in single_cuts(model)}
    at = [index for index, step in enumerate(graph) if any(id(tensor) in cuts for tensor in step.outputs)]
    starts: dict[str, int] = {}
    for index, step in enumerate(graph):
        name = block_of(step.operation.name, family)
        if name:
            starts.setdefault(name, index)
    names = [STEM, *starts]
    ends = [max(cut for cut in at if cut < start) for start in starts.values()] + [len(graph) - 1]
    if not any(trainable(step.operation) for step in graph[: ends[0] + 1]):
        names, ends = names[1:], ends[1:]
    return list(zip(names, ends, strict=True))


def block_of(operation: str, family: str) -> str | None:
    """The block that an operation's name puts it in, or None when the name says nothing."""
    for pattern, name in PATTERNS[family]:
        if found := re.match(pattern, operation):
            return name.format(*found.groups())
    return None


def write(entries: Mapping[str, E], describe: Callable[[E], Backbone], chosen: list[str], path: Path) -> None:
    """Describe the chosen ones of `entries`, all for an empty list, and replace the catalogue after each."""
    known = {}
    if path.is_file():
        known = {entry.id: entry for entry in catalogue.ENTRIES.read(path)}
    for backbone_id in chosen or entries:
        found = known[backbone_id] = describe(entries[backbone_id])
        ordered = [known[one] for one in entries if one in known]
        lines = b",\n".join(
            msgspec.json.encode(one) for one in ordered
        )  # one backbone a line: a readable diff
        system.write_atomic(path, b"[\n" + lines + b"\n]\n")
        print(f"{backbone_id}: {len(found.blocks)} blocks, {found.params:,} parameters", flush=True)
        keras.backend.clear_session()
        gc.collect()


if __name__ == "__main__":
    write(BY_ID, describe, sys.argv[1:], catalogue.FILES["images"])
