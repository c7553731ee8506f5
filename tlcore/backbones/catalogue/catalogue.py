"""The catalogue of backbones as plain data: pages, plans and the command line read it without a model.

`images.json` and `texts.json` are written by `python -m tlcore.commands.describe.images` and
`….texts` from the graphs themselves, and tests compare the two. Counts leave out what no graft uses:
the ImageNet classification layer, BERT's pooler.
"""

from __future__ import annotations

import contextlib
import difflib
import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tlcore.backbones.catalogue import own_file
from tlcore.backbones.catalogue.entry import ATTENTION_MACS, FILE_PREFIX, FOLDER_PREFIX, Backbone, Block
from tlcore.config import RunConfig
from tlcore.config.task import INPUTS, InputKind, Task
from tlcore.errors import BackboneError
from tlcore.records import JsonType

FILES: dict[InputKind, Path] = {
    "images": Path(__file__).with_name("images.json"),
    "texts": Path(__file__).with_name("texts.json"),
}
STRIDES = (8, 16, 32)  # pixels that a place stands for, of the maps that detectors and segmenters look at
MOST_PIXELS = 1024  # longest side of the input square that Graft offers ...
MOST_IN_PATCHES = 518  # ... to a transformer, as DINOv2 learned: pairs of tokens grow by the fourth power


ENTRIES = JsonType(list[Backbone])  # what a file of the catalogue holds


@functools.cache
def catalogue(task: Task = "images") -> dict[str, Backbone]:
    """Every backbone for `task` by id, the embedded ones first."""
    entries = ENTRIES.read(FILES[INPUTS[task]])
    return {entry.id: entry for entry in entries if serves(entry, task)}


def serves(backbone: Backbone, task: Task) -> bool:
    """Tell whether a model for `task` can be built on it."""
    if backbone.task != INPUTS[task]:
        return False
    return task == INPUTS[task] or map_blocks(backbone) is not None


def map_blocks(backbone: Backbone) -> dict[int, int] | None:
    """For each of `STRIDES` the last block whose map has it, by number; None where some stride has none.

    Only maps that halve exactly count: a cell must stand for the same pixels whatever the input size.
    """
    if backbone.fixed_size or backbone.patch or backbone.task != "images":
        return None
    size = 8 * max(STRIDES)
    sides = {shape_at(backbone, block, size)[0]: i for i, block in enumerate(backbone.blocks)}
    ends = {stride: sides[size // stride] for stride in STRIDES if size // stride in sides}
    return ends if len(ends) == len(STRIDES) else None


def get(backbone_id: str) -> Backbone:
    """The backbone with this id, or in the folder or file that it names.

    Raises:
        BackboneError: there is none; names the closest ids.
    """
    if backbone_id.startswith(FOLDER_PREFIX):
        from tlcore.backbones.catalogue import local_folder  # it loads NumPy, and few need it

        return local_folder.backbone(backbone_id)
    if backbone_id.startswith(FILE_PREFIX):
        return own_file.backbone(backbone_id)
    entries = {id: entry for kind in FILES for id, entry in catalogue(kind).items()}
    if backbone_id in entries:
        return entries[backbone_id]
    close = difflib.get_close_matches(backbone_id.lower(), entries, n=3, cutoff=0.5)
    remedy = (
        f"Did you mean {' or '.join(close)}?" if close else "`python -m tlcore backbones` lists them all."
    )
    raise BackboneError("There is no such backbone.", received=backbone_id, remedy=remedy)


def task_of(config: RunConfig) -> Task:
    """The task of a run with this configuration: where none is written down, what its backbone reads.

    Raises:
        BackboneError: there is no such backbone.
    """
    return config.task or reads(config.backbone)


def reads(backbone_id: str) -> InputKind:
    """The kind of input of a backbone, also when its file or folder of texts is gone: a finished model needs
    neither, and the task of a run is written down.

    Raises:
        BackboneError: there is no such backbone.
    """
    if backbone_id.startswith(FILE_PREFIX):
        return "images"
    if backbone_id.startswith(FOLDER_PREFIX):
        from tlcore.backbones.catalogue import local_folder

        with contextlib.suppress(BackboneError):
            return local_folder.reads(backbone_id)
        return "texts"
    return get(backbone_id).task


def trainable_from(backbone: Backbone, unfreeze: int | str) -> int:
    """Index of the first block that trains; the cut lies before it. `len(blocks)` when all is frozen.

    Args:
        unfreeze: number of blocks, counted from the end, that train; 0 for none, "all" for every block.

    Raises:
        BackboneError: more blocks than there are, or not a number of blocks.
    """
    total = len(backbone.blocks)
    if unfreeze == "all":
        return 0
    if isinstance(unfreeze, bool) or not isinstance(unfreeze, int) or not 0 <= unfreeze <= total:
        raise BackboneError(
            f"{backbone.name} has {total} blocks to unfreeze.",
            received=unfreeze,
            remedy=f'Choose a number from 0 to {total}, or "all".',
        )
    return total - unfreeze


def trainable_params(backbone: Backbone, unfreeze: int | str) -> int:
    """Number of the backbone's parameters that train (batch-norm never does), without the head.

    Raises:
        BackboneError: as `trainable_from`.
    """
    return sum(block.trainable for block in backbone.blocks[trainable_from(backbone, unfreeze) :])


def input_size(backbone: Backbone, size: int | None) -> int:
    """Side of the input square in pixels, or length of a text in tokens: `size`, or the backbone's own.

    Raises:
        BackboneError: the backbone cannot take that size.
    """
    if size is None or size == backbone.input_size:
        return backbone.input_size
    unit = UNITS[backbone.task]
    if backbone.fixed_size and size != backbone.input_size:
        raise BackboneError(
            f"{backbone.name} takes {unit.inputs} of {backbone.input_size} {unit.name} only.",
            received=size,
            remedy="Leave the input size at its default.",
        )
    largest = MOST_IN_PATCHES if backbone.patch else unit.largest or backbone.input_size
    if not backbone.min_size <= size <= largest:
        raise BackboneError(
            f"{backbone.name} takes {unit.inputs} of {backbone.min_size} to {largest} {unit.name}.",
            received=size,
            remedy=f"Choose a size in that range, or leave the default of {backbone.input_size}.",
        )
    if backbone.patch and size % backbone.patch:
        raise BackboneError(
            f"{backbone.name} takes {unit.inputs} of a multiple of {backbone.patch} {unit.name}.",
            received=size,
            remedy=f"Choose {size - size % backbone.patch}, or leave the default of {backbone.input_size}.",
        )
    return size


def takes(backbone: Backbone, size: int | None) -> bool:
    """Tell whether `input_size` lets it through."""
    try:
        input_size(backbone, size)
    except BackboneError:
        return False
    return True


def macs_at(backbone: Backbone, block: Block, size: int) -> float:
    """Multiply-accumulates of `block` for one input of `size` instead of `input_size`."""
    return UNITS[backbone.task].macs(backbone, block, size)


def activations_at(backbone: Backbone, block: Block, size: int) -> float:
    """Numbers in the outputs of all operations of `block` for one input of `size` instead of `input_size`."""
    return UNITS[backbone.task].activations(backbone, block, size)


def shape_at(backbone: Backbone, block: Block, size: int) -> tuple[int, ...]:
    """Output shape of `block` for one input of `size`: (height, width, channels) or (tokens, width)."""
    if size == backbone.input_size:
        return block.shape
    return UNITS[backbone.task].shape(backbone, block, size)


def _picture_macs(backbone: Backbone, block: Block, size: int) -> float:
    if backbone.patch and block.attention:
        return _attending_macs(backbone, block, size)
    return block.macs * (size / backbone.input_size) ** 2


def _attending_macs(backbone: Backbone, block: Block, size: int) -> float:
    """As `_text_macs`. What SigLIP's token asks at the end, the same at any size, counts as if it grew."""
    native, width = backbone.blocks[0].shape
    tokens = _tokens(backbone, size)
    return tokens * (block.macs / native + ATTENTION_MACS * width * (tokens - native))


def _tokens(backbone: Backbone, size: int) -> int:
    """One for each patch, and those in front, which are as many at any size."""
    native = backbone.blocks[0].shape[0]
    return native + (size // backbone.patch) ** 2 - (backbone.input_size // backbone.patch) ** 2


def _picture_activations(backbone: Backbone, block: Block, size: int) -> float:
    if backbone.patch and block.attention:
        share = _tokens(backbone, size) / backbone.blocks[0].shape[0]
        return share * (block.activations - block.attention) + share**2 * block.attention
    return block.activations * (size / backbone.input_size) ** 2


def _picture_shape(backbone: Backbone, block: Block, size: int) -> tuple[int, ...]:
    """Sides shrink in steps of two, and by what unpadded convolutions leave out whatever the size.

    Held against graphs at other sizes, one block of Xception was a pixel larger. Of patches there are tokens,
    and in the end a map of them.
    """
    if backbone.patch:
        *sides, width = block.shape
        side = size // backbone.patch
        return (_tokens(backbone, size), width) if len(sides) == 1 else (side, side, width)
    *sides, channels = block.shape
    strides = (2 ** round(math.log2(backbone.input_size / side)) for side in sides)
    more = size - backbone.input_size
    return (*(side + more // stride for side, stride in zip(sides, strides, strict=True)), channels)


def _text_macs(backbone: Backbone, block: Block, size: int) -> float:
    """Attention, of every token with every other, grows with the square; all else with the length."""
    if not block.macs:  # embeddings are looked up
        return 0.0
    attention = ATTENTION_MACS * block.shape[-1]
    return size * (block.macs / backbone.input_size + attention * (size - backbone.input_size))


def _text_activations(backbone: Backbone, block: Block, size: int) -> float:
    share = size / backbone.input_size
    return share * (block.activations - block.attention) + share**2 * block.attention


def _text_shape(backbone: Backbone, block: Block, size: int) -> tuple[int, ...]:
    return size, block.shape[-1]


@dataclass(frozen=True)
class Unit:
    """The size of an input and its costs. `largest` None: the backbone's own size is the largest."""

    inputs: str
    name: str
    largest: int | None
    macs: Callable[[Backbone, Block, int], float]
    activations: Callable[[Backbone, Block, int], float]
    shape: Callable[[Backbone, Block, int], tuple[int, ...]]


UNITS: dict[InputKind, Unit] = {
    "images": Unit("pictures", "pixels", MOST_PIXELS, _picture_macs, _picture_activations, _picture_shape),
    "texts": Unit("texts", "tokens", None, _text_macs, _text_activations, _text_shape),
}
