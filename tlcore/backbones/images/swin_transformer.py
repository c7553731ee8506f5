"""Swin transformers as one flat graph of plain Keras layers: each place of a map looks at the others of its
window, and every second layer at windows moved by half (Liu et al., 2021, arXiv:2103.14030). Imports Keras.

Between stages four places become one, so that the last map is that of a convolutional network. KerasHub has a
whole stage inside one layer; here a network can be cut between any two layers, and its file needs nothing
else.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers

from tlcore.backbones.catalogue.swin_facts import GROWTH, PATCH, PublishedSwin
from tlcore.backbones.images.applications import name_operations
from tlcore.backbones.images.attention import attend

EPSILON = 1e-5  # of normalisations
APART = -100.0  # added to the score of two places that only the move brought into one window


def build(entry: PublishedSwin, size: int) -> keras.Model:
    """The network with random weights: uint8 pictures (n, S, S, 3) → maps (n, S/32, S/32, 8 · width).

    Args:
        size: S. The windows must fit the maps of all stages.
    """
    picture = keras.Input((size, size, 3), dtype="uint8", name="picture")
    x = layers.Rescaling(entry.scale, entry.offset, dtype="float32", name="normalise")(picture)
    x = layers.Conv2D(entry.width, PATCH, PATCH, name="patches")(x)
    x = _norm(x, "patch_norm")
    number = 0
    for stage, (depth, heads) in enumerate(zip(entry.depths, entry.heads, strict=True)):
        for place in range(depth):
            number += 1
            if stage and not place:
                x = _merge(x, f"layer{number}_merge")
            moved = entry.window // 2 if place % 2 and x.shape[1] > entry.window else 0
            x = _layer(x, f"layer{number}", heads, entry.window, moved)
    return name_operations(keras.Model(picture, _norm(x, "last_norm")), entry.id)


def _norm(x: Any, name: str) -> Any:
    return layers.LayerNormalization(epsilon=EPSILON, name=name)(x)


def _merge(x: Any, name: str) -> Any:
    """Of each four places one with twice the numbers; those of a column come first."""
    side, width = x.shape[2] // 2, x.shape[3]
    x = layers.Reshape((side, 2, side, 2, width), name=f"{name}_squares")(x)
    x = layers.Permute((1, 3, 4, 2, 5), name=f"{name}_by_column")(x)
    x = _norm(layers.Reshape((side, side, 4 * width), name=f"{name}_places")(x), f"{name}_norm")
    return layers.Dense(2 * width, use_bias=False, name=f"{name}_dense")(x)


def _layer(x: Any, name: str, heads: int, window: int, moved: int) -> Any:
    """Attention, then two dense layers, each added to what came in (normalised first)."""
    y = _attention(_norm(x, f"{name}_norm1"), name, heads, window, moved)
    x = layers.Add(name=f"{name}_add1")([x, y])
    y = layers.Dense(GROWTH * x.shape[3], "gelu", name=f"{name}_dense1")(_norm(x, f"{name}_norm2"))
    y = layers.Dense(x.shape[3], name=f"{name}_dense2")(y)
    return layers.Add(name=f"{name}_add2")([x, y])


def _attention(x: Any, name: str, heads: int, window: int, moved: int) -> Any:
    """Attention of each place (n, side, side, width) to the others of its window."""
    side, width = x.shape[2:]
    more = _bias(x, name, heads, window)
    if moved:
        more = more + _walls(x, window, moved)
    y = layers.Dense(3 * width, name=f"{name}_qkv")(x)
    y = keras.ops.roll(y, (-moved, -moved), (1, 2)) if moved else y
    y = _windows(y, name, window)
    y = layers.Reshape(((side // window) ** 2, window**2, 3 * heads, width // heads), name=f"{name}_heads")(y)
    y = layers.Permute((1, 3, 2, 4), name=f"{name}_by_head")(y)
    query, key, value = (y[:, :, part * heads : (part + 1) * heads] for part in range(3))
    y = attend(query, key, value, name, more)
    y = layers.Permute((1, 3, 2, 4), name=f"{name}_by_place")(y)
    y = _map(y, name, side, window, width)
    y = keras.ops.roll(y, (moved, moved), (1, 2)) if moved else y
    return layers.Dense(width, name=f"{name}_attention")(y)


def _windows(x: Any, name: str, window: int) -> Any:
    """(n, side, side, c) → (n, down, across, window, window, c)."""
    across, width = x.shape[2] // window, x.shape[3]
    x = layers.Reshape((across, window, across, window, width), name=f"{name}_rows")(x)
    return layers.Permute((1, 3, 2, 4, 5), name=f"{name}_windows")(x)


def _map(x: Any, name: str, side: int, window: int, width: int) -> Any:
    """The way back: (n, windows, places, heads, c) → (n, side, side, width)."""
    across = side // window
    x = layers.Reshape((across, across, window, window, width), name=f"{name}_back")(x)
    x = layers.Permute((1, 3, 2, 4, 5), name=f"{name}_back_rows")(x)
    return layers.Reshape((side, side, width), name=f"{name}_map")(x)


def _constant(x: Any, numbers: Any) -> Any:
    """Whole numbers (k) as a tensor (1, k) of the graph: `x`, whatever is in it, only makes it one."""
    return keras.ops.zeros_like(x[:1, 0, 0, :1], dtype="int32") + np.asarray(numbers, np.int32)


def _bias(x: Any, name: str, heads: int, window: int) -> Any:
    """Learned scores (1, 1, heads, places, places) by how far two places of a window lie apart, whose number
    is the difference of those of the places.
    """
    far = 2 * window - 1
    places = _constant(x, [row * far + column for row in range(window) for column in range(window)])
    apart = places[:, :, None] - places[:, None, :] + (window - 1) * (far + 1)
    initial = keras.initializers.TruncatedNormal(stddev=0.02)
    scores = layers.Embedding(far**2, heads, embeddings_initializer=initial, name=f"{name}_bias")(apart)
    return layers.Permute((3, 1, 2), name=f"{name}_bias_by_head")(scores)[:, None]


def _walls(x: Any, window: int, moved: int) -> Any:
    """Scores (1, windows, 1, places, places) that keep apart what the move brought together: the windows at
    the edges hold up to four parts of the map.
    """
    side = x.shape[2]
    region = np.array([0] * (side - window) + [1] * (window - moved) + [2] * moved)
    across = side // window
    parts = (3 * region[:, None] + region).reshape(across, window, across, window).swapaxes(1, 2)
    parts = keras.ops.reshape(_constant(x, parts.ravel()), (-1, across**2, 1, window**2))
    return APART * keras.ops.cast(parts[..., :, None] != parts[..., None, :], x.dtype)


def copy(model: keras.Model, backbone: Any) -> None:
    """Fill `model` with the weights of KerasHub's, which counts layers by stage and merges at its end.

    Raises:
        ValueError, AttributeError: they do not fit.
    """
    named = {"patches": backbone.patch_embedding.proj, "patch_norm": backbone.patch_embedding.norm}
    number = 0
    for stage in backbone.stages:
        for layer in stage.blocks:
            number += 1
            name, attention = f"layer{number}", layer.attn
            named |= {f"{name}_norm1": layer.norm1, f"{name}_norm2": layer.norm2}
            named |= {f"{name}_qkv": attention.qkv, f"{name}_attention": attention.proj}
            named |= {f"{name}_dense1": layer.mlp.fc1, f"{name}_dense2": layer.mlp.fc2}
            table = np.asarray(attention.relative_position_bias_table)
            model.get_layer(f"{name}_bias").set_weights([table])
        if stage.downsample is not None:
            name = f"layer{number + 1}_merge"
            named |= {f"{name}_norm": stage.downsample.norm, f"{name}_dense": stage.downsample.reduction}
    for name, layer in (named | {"last_norm": backbone.norm}).items():
        model.get_layer(name).set_weights(layer.get_weights())
