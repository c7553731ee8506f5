"""The cut of a network in two: a front, which is frozen, and a tail, which trains.

A cut is a tuple of tensors. Both parts share their layers with the network, so what the tail learns is in the
whole. The graph is walked through its operations, not its layers: ConvNeXt's additions are bare operations.
"""

from __future__ import annotations

import keras

from tlcore.backbones.catalogue.entry import Block
from tlcore.backbones.graph import steps
from tlcore.errors import BackboneError

Cut = tuple[keras.KerasTensor, ...]
HEAD = ("head_1", "head_dropout", "logits")  # a head begins with one of these (`add_head` in build.py)


def single_cuts(model: keras.Model) -> list[keras.KerasTensor]:
    """Every tensor that alone separates input from output, in order; the input first, the output last."""
    graph = steps(model)
    uses: dict[int, int] = {}
    for tensor in [*(tensor for step in graph for tensor in step.inputs), *model.outputs]:
        uses[id(tensor)] = uses.get(id(tensor), 0) + 1
    alive: dict[int, keras.KerasTensor] = {}
    cuts: list[keras.KerasTensor] = []
    waiting = {id(tensor) for tensor in model.inputs}
    for step in graph:
        for tensor in step.inputs:
            uses[id(tensor)] -= 1
            if not uses[id(tensor)]:
                del alive[id(tensor)]
        for tensor in step.outputs:
            waiting.discard(id(tensor))
            if uses.get(id(tensor)):
                alive[id(tensor)] = tensor
        if len(alive) == 1 and not waiting:
            cuts.extend(alive.values())
    return list({id(tensor): tensor for tensor in cuts}.values())


def output_of(model: keras.Model, name: str) -> keras.KerasTensor:
    """The single output tensor of the operation `name`, as this model calls it.

    Raises:
        BackboneError: there is no such operation in the graph.
    """
    for step in steps(model):
        if step.operation.name == name and len(step.outputs) == 1:
            return step.outputs[0]
    raise BackboneError("The network has no such operation.", received=name)


def head_input(model: keras.Model) -> keras.KerasTensor:
    """Input of the head of a grafted network, (n, width): the features of an example.

    Args:
        model: a tail, or a whole finished model, as built or as loaded from its file.

    Raises:
        BackboneError: it has no head of ours.
    """
    for step in steps(model):
        if step.operation.name in HEAD:
            return step.inputs[0]
    raise BackboneError("The network has no head.", received=model.name)


def boundary(model: keras.Model, block: Block) -> Cut:
    """The cut behind `block`; everything up to it is frozen.

    Args:
        model: the backbone, or a larger model whose graph contains it.
        block: an entry of `Backbone.blocks`; the last frozen one is `blocks[trainable_from(...) - 1]`.

    Raises:
        BackboneError: the graph has no such block.
    """
    return (output_of(model, block.output),)


def split(model: keras.Model, cut: Cut) -> tuple[keras.Model, keras.Model]:
    """Front (inputs → cut tensors) and tail (cut tensors → outputs), sharing their weights with `model`.

    The tail is called with a list or tuple of tensors; the front gives one, or the bare tensor where the cut
    has just one, since Keras unpacks lists of one.
    """
    whole = model.outputs if len(model.outputs) > 1 else model.outputs[0]
    start = model.inputs if len(model.inputs) > 1 else model.inputs[0]
    return keras.Model(start, cut, name="front"), keras.Model(cut, whole, name="tail")
