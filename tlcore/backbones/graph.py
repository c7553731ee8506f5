"""The graph of a Keras network as a list of calls, and the same calls on other inputs.

Walked through operations, not layers: some networks have bare operations in between. Loaders of texts and
the cut (`tlcore/graft/network/cut.py`) build on it.
"""

from __future__ import annotations

from tlcore.backbones import keras_start as keras_start  # isort: skip  (before Keras)
from collections.abc import Callable, Sequence
from typing import Any

import keras

Call = Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]


class Step:
    """One call of an operation in the graph, with its inputs and outputs."""

    def __init__(self, node: Any) -> None:
        self.operation = node.operation
        self.inputs: list[keras.KerasTensor] = list(node.input_tensors)
        self.outputs: list[keras.KerasTensor] = list(node.outputs)
        self.arguments: tuple[Any, Any] = (node.arguments.args, node.arguments.kwargs)


def steps(model: keras.Model) -> list[Step]:
    """The calls that lead from the inputs to the outputs of `model`, each after those it needs.

    Walked back from the outputs: an operation shared with another model has calls that are not this one's.
    """
    ends = {id(tensor) for tensor in model.inputs}
    order: list[Step] = []
    done: set[int] = set()
    stack: list[tuple[Any, bool]] = [(_node(tensor), False) for tensor in reversed(model.outputs)]
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(Step(node))
        elif id(node) not in done:
            done.add(id(node))
            stack.append((node, True))
            if not any(id(tensor) in ends for tensor in node.outputs):
                stack.extend((_node(tensor), False) for tensor in reversed(node.input_tensors))
    return order


def maker(tensor: keras.KerasTensor) -> Step:
    """The call that gave a tensor."""
    return Step(_node(tensor))


def _node(tensor: keras.KerasTensor) -> Any:
    history = tensor._keras_history
    return history.operation._inbound_nodes[history.node_index]


def _call_operation(operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return operation(*args, **kwargs)


def replay(
    model: keras.Model, inputs: Sequence[keras.KerasTensor], call: Call = _call_operation
) -> list[keras.KerasTensor]:
    """The outputs of `model` for other inputs: each operation is called once more, and weights are shared.

    Args:
        inputs: one for each of `model.inputs`.
        call: makes a call; replace it to change one on the way.
    """
    new = {id(old): tensor for old, tensor in zip(model.inputs, inputs, strict=True)}
    for step in steps(model):
        if id(step.outputs[0]) in new:
            continue  # an input
        args, kwargs = keras.tree.map_structure(
            lambda value: new[id(value)] if isinstance(value, keras.KerasTensor) else value,
            step.arguments,
        )
        outputs = keras.tree.flatten(call(step.operation, args, kwargs))
        new.update({id(old): tensor for old, tensor in zip(step.outputs, outputs, strict=True)})
    return [new[id(tensor)] for tensor in model.outputs]
