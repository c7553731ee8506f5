"""Heatmap of a class on a picture: Grad-CAM at the last feature map, before the pooling.

Selvaraju and others, 2017 (arXiv:1610.02391). The gradient is that of the class's logit: behind the softmax
it would be near nothing for a model that is sure. As the pooling takes the mean over the map, HiResCAM gives
the same numbers here (Draelos and Carin, arXiv:2011.08891).

In a vision transformer all places have been mixed by then, and half of the features are of a token that
stands for the whole picture. Its heat is that of the patches that enter its last layer, as is usual: from
there each can still speak through its own token and through that one. The attention of that token alone is
not shown: it is the same for every class.

Small backbones leave a map of 7 × 7 fields, each of which sees most of the picture. So they look at it in
double size, with the same weights: `benchmarks/heatmap.py` measures the gain.
"""

from __future__ import annotations

import re

import keras
import numpy as np
import tensorflow as tf

from tlcore.backbones.graph import replay
from tlcore.explain.why import Explain
from tlcore.graft.network.cut import single_cuts, split
from tlcore.graft.predict.predictor import LoadedModel
from tlcore.runs.question import Question

MAP_RANK, TOKENS_RANK = 4, 3  # of (n, h, w, c) and (n, tokens, width)
LAYER = re.compile(r"placed|layer\d+_add2")  # operations of a vision transformer: each ends in tokens
LOGITS = "logits"  # the layer before temperature and softmax
LARGEST_DOUBLED = 260  # pixels; the next larger backbones have a map of 10 × 10 fields by themselves


class Heat:
    """The heat of a class on a picture, for any network that takes the mean over its last feature map.

    Args:
        model: pictures → probabilities, built or loaded from a run's file.
        doubled: look at pictures in twice the model's size; None: where that is small.

    Attributes:
        size: S, the side of its pictures in pixels.
    """

    def __init__(self, model: keras.Model, doubled: bool | None = None) -> None:
        body = keras.Model(model.inputs, model.get_layer(LOGITS).output)
        self.size = int(model.input_shape[1])
        if self.size <= LARGEST_DOUBLED if doubled is None else doubled:
            body = _doubled(body) or body
            self.size = int(body.input_shape[1])
        tokens, last = _tokens_of_last_layer(body), _last_map(body)
        self.side = int(last.shape[1])
        self.front, self.tail = split(body, (last if tokens is None else tokens,))
        self._compiled = tf.function(self._heat, reduce_retracing=True, autograph=False)

    def __call__(self, pictures: np.ndarray, number: int) -> np.ndarray:
        """Heat of class `number` on uint8 pictures (n, S, S, 3): float32 (n, h, w), 0 to 1.

        The hottest place is 1; a picture without any is 0 all over: nothing in it speaks for the class.
        """
        return np.asarray(self._compiled(pictures, tf.constant(number)))

    def _heat(self, pictures: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
        maps = self.front(pictures, training=False)
        with tf.GradientTape() as tape:
            tape.watch(maps)
            logit = tf.gather(self.tail((maps,), training=False), number, axis=1)
        gradients = self._as_map(tape.gradient(logit, maps))
        weights, maps = tf.reduce_mean(gradients, axis=(1, 2), keepdims=True), self._as_map(maps)
        heat = tf.nn.relu(tf.reduce_sum(tf.cast(weights * maps, tf.float32), axis=-1))
        return tf.math.divide_no_nan(heat, tf.reduce_max(heat, axis=(1, 2), keepdims=True))

    def _as_map(self, found: tf.Tensor) -> tf.Tensor:
        """Tokens of patches at their places, without those in front; a map as it is."""
        if len(found.shape) == MAP_RANK:
            return found
        return tf.reshape(found[:, -(self.side**2) :], (-1, self.side, self.side, found.shape[-1]))


def _doubled(body: keras.Model) -> keras.Model | None:
    """The network for pictures of twice the size; None where its layers allow no other, as Flatten does."""
    side = 2 * int(body.input_shape[1])
    picture = keras.Input((side, side, 3), dtype="uint8")
    try:
        return keras.Model(picture, replay(body, [picture])[0])
    except ValueError:
        return None


def _tokens_of_last_layer(body: keras.Model) -> keras.KerasTensor | None:
    """Those that enter the last layer of a vision transformer; None: it is none, or its layers keep maps."""
    tokens = [one for one in single_cuts(body) if LAYER.fullmatch(one._keras_history.operation.name)]
    *_, entering, leaving = (None, None, *tokens)
    return entering if leaving is not None and len(leaving.shape) == TOKENS_RANK else None


def _last_map(body: keras.Model) -> keras.KerasTensor:
    """The last map (n, h, w, c) through which all goes; the pooling takes its mean, where there is one."""
    return [one for one in single_cuts(body) if len(one.shape) == MAP_RANK and one.shape[1] > 1][-1]


def explainer(model: LoadedModel) -> Explain:
    """`heat`: rows of numbers from 0 to 1, from the top of the square that the model sees."""
    heat = Heat(model.model)
    shape = (None, heat.size, heat.size, 3)

    def explain(question: Question, number: int) -> dict[str, object]:
        _, picture = next(model.stages.read(question.path, model.config, shape))
        return {"heat": heat(picture, number)[0].round(4).tolist()}

    return explain
