"""A segmenter on the maps of a backbone: a light pyramid, and a class for every pixel.

picture ── front ── maps of strides 8, 16, 32 ── tail: pyramid, logits at stride 8 ── to pixels ── softmax
"""

from __future__ import annotations

import keras

from tlcore.backbones.catalogue.catalogue import STRIDES
from tlcore.graft.network.dense import pyramid


def add_segmenter(
    maps: tuple[keras.KerasTensor, ...], width: int, dropout: float, classes: int
) -> keras.KerasTensor:
    """The tail's output for maps of strides 8, 16 and 32: logits (n, size / 8, size / 8, classes).

    The coarsest map is weighed channel by channel with what the whole picture shows, as in LR-ASPP (Howard et
    al., 2019).
    """
    *finer, coarsest = maps
    gate = keras.layers.GlobalAveragePooling2D(keepdims=True, name="whole_picture")(coarsest)
    gate = keras.layers.Conv2D(width, 1, activation="sigmoid", name="gate")(gate)
    weighed = keras.layers.Multiply(name="weighed")([pyramid.lateral(coarsest, width, "top"), gate])
    merged = pyramid.top_down((*finer, weighed), width, "bilinear")[0]
    x = pyramid.separable(merged, width, "head", kernel=3)
    if dropout:
        x = keras.layers.Dropout(dropout, name="head_dropout")(x)
    return keras.layers.Conv2D(classes, 1, name="logits", dtype="float32")(x)


def add_chances(logits: keras.KerasTensor) -> keras.KerasTensor:
    """The chance of each class at each pixel, (n, size, size, classes)."""
    larger = keras.layers.UpSampling2D(
        STRIDES[0], interpolation="bilinear", name="to_pixels", dtype="float32"
    )(logits)
    return keras.layers.Softmax(name="probabilities", dtype="float32")(larger)
