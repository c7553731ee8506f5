"""Smaller steps for what lies deeper: learning rates by block, as Howard and Ruder (2018) do it."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from tlcore.backbones.catalogue.entry import Block
from tlcore.backbones.graph import steps


def rate_shares(tail: keras.Model, blocks: Sequence[Block], decay: float) -> tuple[float, ...]:
    """What share of the learning rate each trained variable of `tail` gets, in their order.

    1 for the head, `decay` for the last block, and so on: one factor for each block on the way to the head.

    Args:
        blocks: all of the backbone; those before the cut are not in `tail`.
    """
    ends = {block.output: number for number, block in enumerate(blocks, start=1)}
    calls = steps(tail)
    inside = [ends[call.operation.name] for call in calls if call.operation.name in ends]
    at = min(inside, default=len(blocks) + 1)  # the block we are in, from 1; behind the last one is the head
    found: dict[int, float] = {}
    for call in calls:
        for variable in getattr(call.operation, "trainable_variables", ()):
            found.setdefault(id(variable), decay ** (len(blocks) + 1 - at))
        if call.operation.name in ends:
            at = ends[call.operation.name] + 1
    return tuple(found[id(variable)] for variable in tail.trainable_variables)
