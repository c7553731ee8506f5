"""A detector on the maps of a backbone: no anchors, a light pyramid, one head for each stride.

    picture ── front ── maps of strides 8, 16, 32 ── tail: pyramid, logits and distances ── boxes, suppressed

Places are the centres of a map's cells; each gives the distances to the four sides of an object and a logit
for each class (as in NanoDet and YOLOX). The tail's one output holds both: (n, places, classes + 4).
"""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from tlcore.backbones.catalogue.catalogue import STRIDES
from tlcore.graft.network.dense import pyramid, suppression

PRIOR = 0.01  # chance of an object at a place, before anything is learned: most places have none
CONVOLUTIONS = 2  # in the head of each stride
SPREAD = 2.0  # times the stride: the distance that a raw 0.54 stands for


def add_detector(
    maps: tuple[keras.KerasTensor, ...], width: int, dropout: float, classes: int
) -> keras.KerasTensor:
    """The tail's output for maps of strides 8, 16 and 32: logits and raw distances, (n, places, classes + 4).

    Args:
        width: channels of the pyramid.
    """
    levels = pyramid.bottom_up(pyramid.top_down(maps, width), width)
    bias = keras.initializers.Constant(math.log(PRIOR / (1 - PRIOR)))
    logits = keras.layers.Conv2D(classes, 1, bias_initializer=bias, name="logits", dtype="float32")
    distances = keras.layers.Conv2D(
        4, 1, bias_initializer=keras.initializers.Constant(1.0), name="distances", dtype="float32"
    )
    parts = []
    for stride, x in zip(STRIDES, levels, strict=True):
        for i in range(CONVOLUTIONS):
            x = pyramid.separable(x, width, f"head_{stride}_{i}")
        if dropout:
            x = keras.layers.Dropout(dropout, name=f"head_{stride}_dropout")(x)
        both = keras.layers.Concatenate(name=f"raw_{stride}", dtype="float32")([logits(x), distances(x)])
        parts.append(keras.layers.Reshape((-1, classes + 4), name=f"places_{stride}", dtype="float32")(both))
    return keras.layers.Concatenate(1, name="raw", dtype="float32")(parts)


def add_detections(raw: keras.KerasTensor, size: int) -> dict[str, keras.KerasTensor]:
    """Boxes (n, 100, 4) in pixels of the input, scores and classes (n, 100), from the tail's output."""
    boxes, scores, classes = suppression.suppress(boxes_of(raw, size), ops.sigmoid(raw[..., :-4]), size)
    return {"boxes": boxes, "scores": scores, "classes": classes}


def places(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Centre (m, 2) in pixels and stride (m,) of every place, as the tail's output orders them; float32."""
    centres, strides = [], []
    for stride in STRIDES:
        y, x = np.mgrid[: size // stride, : size // stride]
        centres.append((np.stack([x, y], -1).reshape(-1, 2) + 0.5) * stride)
        strides.append(np.full(len(centres[-1]), stride))
    return np.concatenate(centres).astype(np.float32), np.concatenate(strides).astype(np.float32)


def boxes_of(raw: Any, size: int) -> Any:
    """Boxes (n, places, 4) in pixels, within the square, from the tail's output."""
    centres, strides = places(size)
    distances = ops.softplus(raw[..., -4:]) * (SPREAD * strides)[None, :, None]
    low, high = -distances[..., :2] + centres[None], distances[..., 2:] + centres[None]
    return ops.clip(ops.concatenate([low, high], -1), 0.0, float(size))
