"""A model from elsewhere as Graft's parts: a flat backbone from uint8 pictures to features, and a head.

Networks within the network are laid flat, what changes pictures in training is left out, and all operations
get names of ours. The head is its last Dense layer; where a network ends otherwise, its scores are the
features, and the head passes them on as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from tlcore.backbones.block_counts import image_block, trainable
from tlcore.backbones.catalogue.entry import Block
from tlcore.backbones.graph import Step, maker, replay, steps
from tlcore.backbones.images.preprocess import STYLES
from tlcore.errors import RunError
from tlcore.foreign.facts import PixelRange
from tlcore.foreign.model.network import ENDINGS, PASSING, activation_name, is_random
from tlcore.graft.network.cut import single_cuts

MOST_BLOCKS = 10
UNSCALED = {"bytes": 1.0, "unit": 1 / 255}
STYLE_OF: dict[PixelRange, str] = {"signed": "tf", "imagenet": "torch", "caffe": "caffe"}


@dataclass(frozen=True)
class CutModel:
    """The parts: `kernel` (width, classes) and `bias` (classes,) of the head; `dropout` before it."""

    backbone: keras.Model
    kernel: np.ndarray
    bias: np.ndarray
    dropout: float


def cut_model(model: keras.Model, size: int, pixels: PixelRange) -> CutModel:
    """The parts of a model for pictures of `size`; its layers are taken, so it is not to be used afterwards.

    Raises:
        RunError: it takes no pictures of that size.
    """
    picture = keras.Input((size, size, 3), dtype="uint8", name="picture")
    try:
        (scores,) = replay(model, [_scaled(picture, pixels, model.inputs[0].dtype)], _Flattening())
    except (ValueError, TypeError) as error:
        raise RunError(
            f"The model takes no pictures of {size} × {size} pixels.",
            received=error,
            remedy="Choose another size.",
        ) from error
    features, dense = _before_head(scores)
    dropout = 0.0
    while isinstance(operation := maker(features).operation, keras.layers.Dropout):
        dropout, features = max(dropout, float(operation.rate)), maker(features).inputs[0]
    kernel, bias = _head(dense, int(scores.shape[-1]))
    backbone = keras.Model(picture, features, name="backbone")
    return CutModel(backbone, kernel, bias, min(dropout, 0.9))


def _scaled(picture: Any, pixels: PixelRange, dtype: str) -> Any:
    """Numbers of that range from a uint8 picture."""
    if "int" in dtype:
        return picture
    if pixels in STYLE_OF:
        return STYLES[STYLE_OF[pixels]](picture)
    return keras.layers.Rescaling(UNSCALED[pixels], dtype="float32", name="normalise")(picture)


class _Flattening:
    """Makes each call of the network once more, with names of ours and without what is left out."""

    def __init__(self) -> None:
        self._named: set[int] = set()
        self._kept: list[Any] = []  # so that no `id` is given twice

    def __call__(self, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if isinstance(operation, keras.Model):
            inside = replay(operation, keras.tree.flatten(args), self)
            return inside if len(inside) > 1 else inside[0]
        if is_random(operation):
            return args[0]
        if id(operation) not in self._named:
            kind = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(operation).__name__).lower()
            operation.name = f"{kind}_{len(self._named)}"
            self._named.add(id(operation))
            self._kept.append(operation)
        return operation(*args, **kwargs)


def _before_head(scores: keras.KerasTensor) -> tuple[keras.KerasTensor, keras.layers.Dense | None]:
    """The tensor that enters the head, and the head; None where the scores themselves are all there is."""
    tensor, is_peeled = scores, False
    while True:
        step = maker(tensor)
        name = activation_name(step.operation)
        is_ending = name in ENDINGS and not is_peeled
        if isinstance(step.operation, keras.layers.Dense) and (is_ending or name == "Dense"):
            return step.inputs[0], step.operation
        if not (is_ending or name in PASSING):
            return tensor, None
        is_peeled |= is_ending
        tensor = step.inputs[0]


def _head(dense: keras.layers.Dense | None, outputs: int) -> tuple[np.ndarray, np.ndarray]:
    """Kernel and bias for one output a class: of one output, its score is that of the second class."""
    kernel, bias = np.eye(outputs, dtype=np.float32), np.zeros(outputs, np.float32)
    if dense is not None:
        kernel = np.asarray(dense.kernel)
        bias = np.asarray(dense.bias) if dense.use_bias else np.zeros(outputs, np.float32)
    if outputs == 1:
        return np.pad(kernel, ((0, 0), (1, 0))), np.pad(bias, (1, 0))
    return kernel, bias


def blocks_of(backbone: keras.Model) -> tuple[Block, ...]:
    """At most `MOST_BLOCKS` blocks, each ending in a tensor that is a cut by itself.

    About as many layers learn in each.
    """
    graph = steps(backbone)
    ends = _ends(backbone, graph)
    learning = np.cumsum([trainable(step.operation) > 0 for step in graph])
    # Of places behind the same layer that learns, the last one: what follows it belongs to it.
    last_end = {int(learning[end]): end for end in ends if 0 < learning[end] < learning[-1]}
    found = set()
    for part in range(1, MOST_BLOCKS):
        enough = [count for count in last_end if count >= learning[-1] * part / MOST_BLOCKS]
        found |= {last_end[min(enough)]} if enough else set()
    chosen = [*sorted(found), len(graph) - 1]
    first, made = 0, []
    for number, last in enumerate(chosen, start=1):
        made.append(image_block(f"block_{number}", graph[first : last + 1]))
        first = last + 1
    return tuple(made)


def _ends(backbone: keras.Model, graph: list[Step]) -> list[int]:
    """Places in the graph behind which it can be cut: one tensor passes, from an operation called once, and
    something before it learns.
    """
    cuts = {id(tensor) for tensor in single_cuts(backbone)}
    names = [step.operation.name for step in graph]
    return [
        at
        for at, step in enumerate(graph)
        if len(step.outputs) == 1 and id(step.outputs[0]) in cuts and names.count(step.operation.name) == 1
    ]
