"""The catalogue of backbones as plain data: pages, plans and the command line read it without a model.

`catalogue.json` is written by `python -m tlcore.graft.describe` from the graphs themselves, and a test
compares the two. Counts leave out the ImageNet classification layer, which no graft uses.
"""

from __future__ import annotations

import difflib
import functools
from pathlib import Path
from typing import Literal

import msgspec

from tlcore.errors import BackboneError

FILE = Path(__file__).with_name("catalogue.json")
Source = Literal["package", "keras"]
MOST_PIXELS = 1024  # longest side of the input square that Graft offers


class Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a backbone that is frozen or trained as one, in order from the input.

    `output` names the graph operation whose only output tensor ends the block. `params` counts all numbers,
    `trainable` those that fine-tuning changes: batch-norm stays frozen, so it is left out. `macs` are
    multiply-accumulates for one picture and `shape` is (height, width, channels) after the block, both at
    the backbone's default input size.
    """

    name: str
    output: str
    params: int
    trainable: int
    macs: int
    shape: tuple[int, int, int]


class Backbone(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One pretrained network. Accuracies are published ImageNet percentages, None where none is published.

    `features` is the width after average pooling; `download_bytes` what the first use fetches (0: nothing);
    `weights_file` the file kept in the weights folder; `published` says where the accuracies come from.
    """

    id: str
    name: str
    family: str
    source: Source
    params: int
    macs: int
    top1: float | None
    top5: float | None
    licence: str
    input_size: int
    min_size: int
    fixed_size: bool
    download_bytes: int
    works_offline: bool
    features: int
    blocks: tuple[Block, ...]
    published: str
    weights_file: str


@functools.cache
def catalogue() -> dict[str, Backbone]:
    """Every backbone by id, the embedded ones first."""
    entries = msgspec.json.decode(FILE.read_bytes(), type=list[Backbone])
    return {entry.id: entry for entry in entries}


def get(backbone_id: str) -> Backbone:
    """The backbone with this id.

    Raises:
        BackboneError: there is none; names the closest ids.
    """
    entries = catalogue()
    if backbone_id in entries:
        return entries[backbone_id]
    close = difflib.get_close_matches(backbone_id.lower(), entries, n=3, cutoff=0.5)
    remedy = (
        f"Did you mean {' or '.join(close)}?" if close else "`python -m tlcore backbones` lists them all."
    )
    raise BackboneError("There is no such backbone.", received=backbone_id, remedy=remedy)


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
    """How many of the backbone's numbers train (batch-norm never does). The head comes on top.

    Raises:
        BackboneError: as `trainable_from`.
    """
    return sum(block.trainable for block in backbone.blocks[trainable_from(backbone, unfreeze) :])


def input_size(backbone: Backbone, wanted: int | None) -> int:
    """Side of the input square in pixels: `wanted`, or the backbone's own for None.

    Raises:
        BackboneError: the backbone cannot take that size.
    """
    size = backbone.input_size if wanted is None else wanted
    if backbone.fixed_size and size != backbone.input_size:
        raise BackboneError(
            f"{backbone.name} takes pictures of {backbone.input_size} pixels only.",
            received=wanted,
            remedy="Leave the input size at its default.",
        )
    if not backbone.min_size <= size <= MOST_PIXELS:
        raise BackboneError(
            f"{backbone.name} takes pictures of {backbone.min_size} to {MOST_PIXELS} pixels.",
            received=wanted,
            remedy=f"Choose a size in that range, or leave the default of {backbone.input_size}.",
        )
    return size
