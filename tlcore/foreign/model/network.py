"""The network of a model from elsewhere: loaded in safe mode, looked at, and asked as it is.

Its pictures are scaled here in NumPy, apart from the layers that a run's model has for it: so its answers are
what those of the run are held against.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import keras
import numpy as np
import tensorflow as tf

from tlcore.backbones.graph import Step, steps
from tlcore.backbones.images.preprocess import CAFFE_MEAN, DEVIATION, MEAN
from tlcore.errors import RunError, printable
from tlcore.export.hand_on.contents import MOST_CLASSES
from tlcore.foreign.facts import SIZES, Ending, ModelFacts, PixelRange
from tlcore.graft.network import saved_model

Asker = Callable[[np.ndarray, PixelRange], np.ndarray]
BATCH = 32
COLOURS = 3
SCALING = (keras.layers.Rescaling, keras.layers.Normalization)
ARITHMETIC = {"TrueDivide", "Divide", "Multiply", "Subtract"}
ENDINGS: dict[str, Ending] = {
    "softmax": "softmax",
    "Softmax": "softmax",
    "sigmoid": "sigmoid",
    "Sigmoid": "sigmoid",
}
ONLY_PICTURES = "Graft takes models that read one picture and name its class."
PASSING = ("linear", "Identity")  # give what they are given
NEAREST_CHANCE = 1e-7  # to 0 and 1


def load(path: Path) -> keras.Model:
    """The model in a clean copy of its file.

    Raises:
        RunError: Keras cannot load it.
    """
    model = saved_model.load(path)
    if not model.built:
        _refuse("It does not say which size its inputs have: it was saved before it had seen any.")
    return model


def look(model: keras.Model, name: str) -> ModelFacts:
    """The facts about a model.

    Raises:
        RunError: it is no classifier of pictures; says why.
    """
    size, is_whole = _check_input(model)
    outputs = _check_output(model)
    calls = list(nested_steps(model))
    left_out = dict.fromkeys(type(one.operation).__name__ for one in calls if is_random(one.operation))
    ending = ending_of(model)
    if outputs == 1 and ending == "softmax":
        _refuse("It has one output with softmax, which is always 1.")
    return ModelFacts(
        name=name,
        size=size,
        outputs=outputs,
        ending=ending,
        scales=_scales(calls),
        whole=is_whole,
        parameters=model.count_params(),
        left_out=tuple(left_out),
    )


def _check_input(model: keras.Model) -> tuple[int | None, bool]:
    """Side of the pictures, None for any; and whether they are whole numbers."""
    if len(model.inputs) != 1:
        _refuse(f"It has {len(model.inputs)} inputs. {ONLY_PICTURES}")
    (tensor,) = model.inputs
    shape, dtype = tuple(tensor.shape), str(tensor.dtype)
    if dtype == "string":
        _refuse(f"It reads texts. {ONLY_PICTURES}")
    if len(shape) != 1 + COLOURS or shape[3] != COLOURS:
        said = {1: "It reads grey pictures.", 4: "It reads pictures of four channels."}
        why = (
            said.get(shape[3], "It reads no colour pictures.")
            if len(shape) == 1 + COLOURS
            else "It reads no pictures."
        )
        _refuse(f"{why} Graft gives pictures with red, green and blue in the last place.", _sides(shape))
    high, wide = shape[1:3]
    if high != wide:
        _refuse("Its pictures are not square, and those of Graft are.", _sides(shape))
    if high is not None and not SIZES[0] <= high <= SIZES[1]:
        _refuse(f"Graft gives pictures of {SIZES[0]} to {SIZES[1]} pixels.", _sides(shape))
    return high, "int" in dtype


def _check_output(model: keras.Model) -> int:
    """Number of its outputs."""
    if len(model.outputs) != 1:
        _refuse(f"It has {len(model.outputs)} outputs. {ONLY_PICTURES}")
    shape = tuple(model.outputs[0].shape)
    if len(shape) != 2 or shape[1] is None:
        _refuse(f"It does not give one number for each class. {ONLY_PICTURES}", _sides(shape))
    if shape[1] > MOST_CLASSES:
        _refuse(f"It tells more than {MOST_CLASSES:,} classes apart.", shape[1])
    return int(shape[1])


def _sides(shape: tuple[int | None, ...]) -> str:
    return " × ".join("any" if side is None else str(side) for side in shape[1:])


def nested_steps(model: keras.Model) -> Iterator[Step]:
    """The calls in the graph, and in the networks within it."""
    for step in steps(model):
        if isinstance(step.operation, keras.Model):
            yield from nested_steps(step.operation)
        else:
            yield step


def is_random(operation: Any) -> bool:
    """Does it change pictures at random while a network trains, and nothing otherwise?"""
    return isinstance(operation, keras.layers.Layer) and type(operation).__name__.startswith("Random")


def _scales(calls: list[Step]) -> bool:
    """Does it scale pixels before its first weights?"""
    for step in calls:
        kind = type(step.operation).__name__
        if isinstance(step.operation, SCALING) or kind in ARITHMETIC:
            return True
        if has_weights(step.operation) and not is_random(step.operation):
            return False
    return False


def ending_of(model: keras.Model) -> Ending:
    """The kind of its numbers, by its last operation."""
    names = (activation_name(step.operation) for step in reversed(list(nested_steps(model))))
    return ENDINGS.get(next((name for name in names if name not in PASSING), ""), "scores")


def activation_name(operation: Any) -> str:
    """The activation that ends an operation, or else the kind of operation that it is."""
    name = getattr(getattr(operation, "activation", None), "__name__", "")
    return name if name and not (name == "linear" and has_weights(operation)) else type(operation).__name__


def has_weights(operation: Any) -> bool:
    return bool(getattr(operation, "weights", None))


def asker(model: keras.Model, facts: ModelFacts) -> Asker:
    """A function from uint8 pictures (n, S, S, 3) and a pixel range to chances (n, classes)."""
    dtype = model.inputs[0].dtype
    compiled = tf.function(lambda batch: model(batch, training=False), reduce_retracing=True, autograph=False)

    def ask(pictures: np.ndarray, pixels: PixelRange) -> np.ndarray:
        parts = []
        for at in range(0, len(pictures), BATCH):
            batch = scale(pictures[at : at + BATCH], pixels).astype(dtype)
            parts.append(np.asarray(compiled(tf.constant(batch)), np.float64))
        return chances(np.concatenate(parts), facts.ending)

    return ask


def scale(pictures: np.ndarray, pixels: PixelRange) -> np.ndarray:
    """uint8 RGB pictures as numbers of this range, float32."""
    values = pictures.astype(np.float32)
    if pixels == "unit":
        return values / 255
    if pixels == "signed":
        return values / 127.5 - 1
    if pixels == "imagenet":
        return (values / 255 - np.array(MEAN, np.float32)) / np.array(DEVIATION, np.float32)
    if pixels == "caffe":
        return (values - np.array(CAFFE_MEAN, np.float32))[..., ::-1]
    return values


def chances(outputs: np.ndarray, ending: Ending) -> np.ndarray:
    """Chances (n, classes) that add up to 1, from the model's outputs (n, outputs).

    Raises:
        RunError: they are no numbers.
    """
    if not np.isfinite(outputs).all():
        raise RunError("The model's answers are no numbers.", remedy="Its weights may be damaged.")
    if ending == "softmax":
        return outputs
    logits = outputs
    if ending == "sigmoid":
        p = np.clip(outputs, NEAREST_CHANCE, 1 - NEAREST_CHANCE)
        logits = np.log(p) - np.log1p(-p)
    if logits.shape[1] == 1:
        logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def _refuse(why: str, received: object = None) -> NoReturn:
    raise RunError(
        f"This model cannot be used. {why}", received=None if received is None else printable(received)
    )
