"""A light feature pyramid: maps of three strides, each told what the others saw.

From the coarse to the fine (Lin et al., 2017), and for detectors back again (Liu et al., 2018), with
depthwise convolutions as in NanoDet.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras

MOMENTUM = 0.9  # of batch norms: they learn in some hundred steps
EPSILON = 1e-3


def lateral(x: keras.KerasTensor, width: int, name: str) -> keras.KerasTensor:
    """A map brought to `width` channels, (n, h, w, width)."""
    x = keras.layers.Conv2D(width, 1, use_bias=False, name=name)(x)
    return _normalised(x, name)


def separable(
    x: keras.KerasTensor, width: int, name: str, kernel: int = 5, strides: int = 1
) -> keras.KerasTensor:
    """A depthwise convolution and a 1 × 1 convolution, each with its batch norm."""
    x = keras.layers.DepthwiseConv2D(
        kernel, strides, padding="same", use_bias=False, name=f"{name}_depthwise"
    )(x)
    x = keras.layers.BatchNormalization(name=f"{name}_depthwise_bn", momentum=MOMENTUM, epsilon=EPSILON)(x)
    x = keras.layers.Conv2D(width, 1, use_bias=False, name=f"{name}_pointwise")(x)
    return _normalised(x, name)


def _normalised(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    x = keras.layers.BatchNormalization(name=f"{name}_bn", momentum=MOMENTUM, epsilon=EPSILON)(x)
    return keras.layers.ReLU(6.0, name=f"{name}_relu")(x)


def top_down(
    maps: Sequence[keras.KerasTensor], width: int, interpolation: str = "nearest"
) -> list[keras.KerasTensor]:
    """Maps of `width` channels, finest first; each has taken in the coarser ones."""
    merged = [lateral(tensor, width, f"lateral_{i}") for i, tensor in enumerate(maps)]
    for i in reversed(range(len(merged) - 1)):
        larger = keras.layers.UpSampling2D(2, interpolation=interpolation, name=f"up_{i}")(merged[i + 1])
        merged[i] = separable(keras.layers.Add(name=f"down_add_{i}")([merged[i], larger]), width, f"down_{i}")
    return merged


def bottom_up(maps: Sequence[keras.KerasTensor], width: int) -> list[keras.KerasTensor]:
    """The same maps, each having taken in the finer ones as well."""
    merged = list(maps)
    for i in range(1, len(merged)):
        smaller = keras.layers.DepthwiseConv2D(5, 2, padding="same", use_bias=False, name=f"shrink_{i}")(
            merged[i - 1]
        )
        smaller = keras.layers.BatchNormalization(name=f"shrink_{i}_bn", momentum=MOMENTUM, epsilon=EPSILON)(
            smaller
        )
        merged[i] = separable(keras.layers.Add(name=f"up_add_{i}")([merged[i], smaller]), width, f"rise_{i}")
    return merged
