"""The counts of a block for the catalogue: parameters, multiply-accumulates and activations of its graph."""

from __future__ import annotations

from tlcore.backbones import keras_start as keras_start  # isort: skip  (before Keras)
import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from tlcore.backbones.catalogue.entry import ATTENTION_MACS, ATTENTION_NUMBERS, Block
from tlcore.backbones.graph import Step


def image_block(name: str, part: Sequence[Step]) -> Block:
    """The block of a picture backbone that consists of these calls; the last one's only output ends it."""
    end = part[-1]
    return Block(
        name=name,
        output=end.operation.name,
        params=sum(_numbers(step.operation) for step in part),
        trainable=sum(trainable(step.operation) for step in part),
        macs=sum(_macs(step) for step in part),
        shape=tuple(int(side) for side in end.outputs[0].shape[1:]),
        activations=sum(given(step) + _projected(step) + _attention(step) for step in part),
        attention=sum(_pairs(step) for step in part),
    )


def _numbers(operation: Any) -> int:
    return operation.count_params() if isinstance(operation, keras.Layer) else 0


def trainable(operation: Any) -> int:
    """Numbers that fine-tuning changes: all but batch-norm, which stays in inference mode."""
    if not isinstance(operation, keras.Layer) or isinstance(operation, layers.BatchNormalization):
        return 0
    return sum(math.prod(weight.shape) for weight in operation.trainable_weights)


def _macs(step: Step) -> int:
    """Multiply-accumulates of convolutions, dense layers and attention; the rest is small beside them."""
    operation = step.operation
    if isinstance(operation, layers.MultiHeadAttention):
        asking, asked, width = _attention_sides(step)
        return 2 * (asking + asked) * width**2 + ATTENTION_MACS * width * asking * asked
    if type(operation).__name__ == "Matmul":  # attention in windows: a bare operation, of no public class
        return math.prod(step.outputs[0].shape[1:]) * int(step.inputs[0].shape[-1])
    if isinstance(operation, layers.SeparableConv2D):
        positions = math.prod(step.outputs[0].shape[1:-1])
        return positions * sum(
            math.prod(kernel.shape) for kernel in operation.trainable_weights if len(kernel.shape) == 4
        )
    if isinstance(operation, layers.Conv2D | layers.DepthwiseConv2D | layers.Dense):
        return math.prod(step.outputs[0].shape[1:-1]) * math.prod(operation.kernel.shape)
    return 0


def _projected(step: Step) -> int:
    """Numbers inside an attention layer: what it projects its tokens to ..."""
    if not isinstance(step.operation, layers.MultiHeadAttention):
        return 0
    asking, asked, width = _attention_sides(step)
    return (asking + 2 * asked) * width


def _attention(step: Step) -> int:
    """... and those for each pair of tokens."""
    if not isinstance(step.operation, layers.MultiHeadAttention):
        return 0
    asking, asked, _ = _attention_sides(step)
    return ATTENTION_NUMBERS * step.operation.num_heads * asking * asked


def _pairs(step: Step) -> int:
    """The same where all tokens ask each other, so that they grow with the square; `attend` gives its own."""
    if isinstance(step.operation, layers.Softmax):
        shape = step.outputs[0].shape[1:]  # (heads, asking, asked); in windows there is a side more
        return ATTENTION_NUMBERS * math.prod(shape) if len(shape) == 3 else 0
    if not isinstance(step.operation, layers.MultiHeadAttention) or step.inputs[0] is not step.inputs[-1]:
        return 0
    return _attention(step)


def _attention_sides(step: Step) -> tuple[int, int, int]:
    """Of an attention layer: the tokens that ask, those that are asked, and the width of both."""
    asking, asked = (int(step.inputs[at].shape[1]) for at in (0, -1))
    return asking, asked, int(step.outputs[0].shape[-1])


def given(step: Step, length: int = 0) -> int:
    """Numbers that an operation gives for one example.

    Args:
        length: of the sides that are open: texts may be of any length.
    """
    return sum(math.prod(side or length for side in tensor.shape[1:]) for tensor in step.outputs)
