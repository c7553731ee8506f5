"""Preprocessing of each family before its first convolution, as stock Keras layers inside the model.

Always in float32, also under mixed precision. Source: `keras.applications.imagenet_utils.preprocess_input`,
whose modes "tf", "caffe" and "torch" these follow.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

MEAN = (0.485, 0.456, 0.406)  # ImageNet, RGB, of values in 0..1
DEVIATION = (0.229, 0.224, 0.225)
CAFFE_MEAN = (123.68, 116.779, 103.939)  # RGB, of values in 0..255


def torch_style(picture: Any) -> Any:
    """uint8 RGB → (x / 255 - mean) / deviation, per channel."""
    scale = [1 / (255 * deviation) for deviation in DEVIATION]
    offset = [-mean / deviation for mean, deviation in zip(MEAN, DEVIATION, strict=True)]
    return layers.Rescaling(scale, offset=offset, dtype="float32", name="normalise")(picture)


def tf_style(picture: Any) -> Any:
    """uint8 RGB → -1..1."""
    return layers.Rescaling(1 / 127.5, offset=-1.0, dtype="float32", name="normalise")(picture)


def caffe_style(picture: Any) -> Any:
    """uint8 RGB → BGR minus the mean of each channel, not scaled."""
    offset = [-mean for mean in CAFFE_MEAN]
    centred = layers.Rescaling(1.0, offset=offset, dtype="float32", name="normalise")(picture)
    return keras.ops.flip(centred, axis=-1)


def built_in(picture: Any) -> Any:
    """The network normalises by itself and takes 0..255."""
    return picture


STYLES = {"torch": torch_style, "tf": tf_style, "caffe": caffe_style, "built-in": built_in}
