"""Folded networks: the same answers and gradients in fewer operations, and what may not be folded."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tlcore.graft.engines import device
from tlcore.graft.network.norm_folding import NormalisedConvolution, fold_frozen_norms

IMAGES = np.random.default_rng(0).normal(size=(4, 8, 8, 3)).astype("float32")


def network(policy: str = "float32", **options: Any) -> keras.Model:
    """A convolution, a depthwise one with a shortcut, and one whose output is also read elsewhere."""
    device.set_up_device()
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy(policy)
    given = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, padding="same", name="first", **options)(given)
    x = layers.ReLU(6.0)(layers.BatchNormalization(name="first_norm")(x))
    y = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="deep")(x)
    y = layers.BatchNormalization(scale=False, name="deep_norm")(y)
    z = layers.Conv2D(4, 1, name="read_twice")(x + y)
    z = z + layers.BatchNormalization(center=False, name="other_norm")(z)
    logits = layers.Dense(2, name="logits")(layers.Dropout(0.5)(layers.GlobalAveragePooling2D()(z)))
    keras.config.set_dtype_policy("float32")
    model = keras.Model(given, logits)
    random = np.random.default_rng(1)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.set_weights([random.uniform(0.5, 2, weight.shape) for weight in layer.get_weights()])
            layer.trainable = False
    return model


def folded(model: keras.Model) -> list[str]:
    kind = NormalisedConvolution
    return [layer.convolution.name for layer in fold_frozen_norms(model).layers if isinstance(layer, kind)]


@pytest.mark.parametrize("options", [{"strides": 2}, {"use_bias": False}, {"dilation_rate": 2}])
def test_answers_and_gradients_stay(options: dict[str, Any]) -> None:
    model = network(**options)
    one = fold_frozen_norms(model)
    assert folded(model) == ["first", "deep"]
    np.testing.assert_allclose(one(IMAGES), model(IMAGES), atol=1e-5)
    variables = [variable.value for variable in model.trainable_variables]
    gradients = []
    for either in (model, one):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(either(IMAGES) ** 2)
        gradients.append(tape.gradient(loss, variables))
    for before, after in zip(*gradients, strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-3, atol=1e-4)


def test_dropout_draws_the_same_examples() -> None:
    model = network()
    one = fold_frozen_norms(model)
    answers = []
    for either in (model, one):
        for variable in model.variables:
            if variable.name == "seed_generator_state":
                variable.assign([1, 2])
        answers.append(np.asarray(either(IMAGES, training=True)))
    np.testing.assert_allclose(*answers, atol=1e-5)
    assert not np.allclose(answers[0], model(IMAGES), atol=1e-3)


def test_a_norm_that_learns_and_half_precision_stay_as_they_are() -> None:
    model = network()
    model.get_layer("first_norm").trainable = True
    assert folded(model) == ["deep"]
    half = network("mixed_float16")
    assert fold_frozen_norms(half) is half
    assert folded(network(activation="relu")) == ["deep"]
