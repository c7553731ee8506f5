"""One backbone of the catalogue and its blocks: the facts that pages, plans and the command line read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec

from tlcore.config.task import InputKind

WeightSource = Literal["package", "keras", "keras_hub", "folder", "file"]
Pooling = Literal["average", "mean", "first"]
FOLDER_PREFIX = "folder:"  # begins the id of a backbone in a folder of one's own
FILE_PREFIX = "file:"  # of one that came in a `.keras` file
ATTENTION_MACS = 2  # for each pair of tokens and number of the width: weights, and the sum they weigh
ATTENTION_NUMBERS = 3  # for each pair of tokens and head: scores, their softmax, the same after dropout


class Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a backbone that is frozen or trained as one, in order from the input.

    `output` names the graph operation whose only output tensor ends the block. `params` counts all numbers,
    `trainable` those that fine-tuning changes: batch-norm stays frozen, so it is left out. `macs` are
    multiply-accumulates for one picture or text, `activations` the numbers in the outputs of all operations,
    with those for each pair of tokens (`attention`), and `shape` is (height, width, channels), (tokens,
    width) or (numbers,) after the block: all at the backbone's `input_size`. `macs_at`, `activations_at` and
    `shape_at` are for other sizes.
    """

    name: str
    output: str
    params: int
    trainable: int
    macs: int
    shape: tuple[int, ...]
    activations: int
    attention: int = 0


class Backbone(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One pretrained network. Accuracies are published ImageNet percentages, None where none is published.

    `input_size` is in pixels of a side, or the longest text in tokens; `features` the width after pooling:
    the "average" of a feature map, the "mean" over a text's real tokens, or its "first" token;
    `download_bytes` of the first use (0: none); `weights_file` the file kept in the weights
    folder; `published` is the source of the facts; `languages` those that a text backbone was trained on;
    `task` is what it reads. `patch` is not 0 where square patches of a picture, so many pixels wide, are the
    tokens, each of which looks at all others: sides of its pictures are multiples of it. `tested_size` is
    the side of the pictures that the accuracies are of, where it is another one than `input_size`.
    """

    id: str
    name: str
    family: str
    source: WeightSource
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
    task: InputKind = "images"
    pooling: Pooling = "average"
    languages: str = ""
    patch: int = 0
    tested_size: int | None = None


class FolderFacts(Protocol):
    """Published facts of a picture or a text backbone, read from a folder."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def family(self) -> str: ...
    @property
    def source(self) -> WeightSource: ...
    @property
    def licence(self) -> str: ...
    @property
    def published(self) -> str: ...
    @property
    def preset(self) -> str: ...


def in_folder(facts: FolderFacts, blocks: Sequence[Block], weights: str, **more: Any) -> Backbone:
    """The entry of a backbone that lies in a folder of one's own.

    Args:
        weights: the name of the file in it.
        more: the sizes of its inputs, and what else its kind has.
    """
    return Backbone(
        id=facts.id,
        name=facts.name,
        family=facts.family,
        source=facts.source,
        params=sum(block.params for block in blocks),
        macs=sum(block.macs for block in blocks),
        top1=None,
        top5=None,
        licence=facts.licence,
        download_bytes=0,
        works_offline=True,
        features=blocks[-1].shape[-1],
        blocks=tuple(blocks),
        published=facts.published,
        weights_file=str(Path(facts.preset) / weights),
        **more,
    )
