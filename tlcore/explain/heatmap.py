"""Where in a picture a class is seen: Grad-CAM at the last feature map, before the pooling.

Selvaraju and others, 2017 (arXiv:1610.02391). The gradient is that of the class's logit: behind the softmax
it would be near nothing for a model that is sure. As the pooling takes the mean over the map, HiResCAM gives
the same numbers here (Draelos and Carin, arXiv:2011.08891).
"""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from tlcore.explain.why import Explain
from tlcore.graft.answering import Answerer
from tlcore.graft.model import split

POOLED, LOGITS = "pooled", "logits"  # the layers of `graft.model.build` between which a class is decided


class Heat:
    """The heat of a class on a picture, for any model with a map before the layer "pooled"."""

    def __init__(self, model: keras.Model) -> None:
        body = keras.Model(model.inputs, model.get_layer(LOGITS).output)
        front, self.tail = split(body, (model.get_layer(POOLED).input,))
        assert front is not None
        self.front = front
        self._compiled = tf.function(self._heat, reduce_retracing=True)

    def __call__(self, pictures: np.ndarray, number: int) -> np.ndarray:
        """Heat of class `number` on uint8 pictures (n, S, S, 3): float32 (n, h, w), 0 to 1.

        The hottest place is 1; a picture without any is 0 all over: nothing in it speaks for the class.
        """
        return np.asarray(self._compiled(pictures, tf.constant(number)))

    def _heat(self, pictures: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
        maps = self.front(pictures, training=False)
        with tf.GradientTape() as tape:
            tape.watch(maps)
            logit = tf.gather(self.tail(maps, training=False), number, axis=1)
        weights = tf.reduce_mean(tape.gradient(logit, maps), axis=(1, 2), keepdims=True)
        heat = tf.nn.relu(tf.reduce_sum(tf.cast(weights * maps, tf.float32), axis=-1))
        return tf.math.divide_no_nan(heat, tf.reduce_max(heat, axis=(1, 2), keepdims=True))


def explainer(answerer: Answerer) -> Explain:
    """`heat`: rows of numbers from 0 to 1, the top of the square first."""
    heat = Heat(answerer.model)
    return lambda given, number: {"heat": heat(given, number)[0].round(4).tolist()}
