"""Vision transformers as one flat graph of plain Keras layers: a picture is cut into square patches, each
becomes a token, and every layer lets each token look at all others (Dosovitskiy et al., 2020,
arXiv:2010.11929). Imports Keras.

KerasHub has all layers of such a network inside one, and some of its layers cannot be loaded from a file.
Here each is a few of Keras' own, so a network can be cut between any two, and its file needs nothing else.
What a layer multiplies its result by (DINOv2's layer scale) lies in the weights before it. `hub_weights.py`
fills in KerasHub's.

The output is a map like that of a convolutional network. At each place it holds the token of that patch and,
the same everywhere, the token that stands for the whole picture: their mean over the map is what DINOv2's own
classifiers read (Oquab et al., 2023, arXiv:2304.07193), the mean of the patches beside the class token.
SigLIP has none in front: its token gathers from all others at the end (Zhai et al., 2023, arXiv:2303.15343).
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers

from tlcore.backbones.catalogue.transformer_facts import PublishedTransformer
from tlcore.backbones.images import attention
from tlcore.backbones.images.applications import name_operations

QUICK = 1.702  # of the GELU's approximation by a sigmoid, with which CLIP learned


def build(entry: PublishedTransformer, size: int) -> keras.Model:
    """The network with random weights: uint8 pictures (n, S, S, 3) → maps (n, side, side, 2 · width), where
    the side is that of the picture in patches.

    Args:
        size: S, a multiple of the patch's side.
    """
    side = size // entry.patch
    picture = keras.Input((size, size, 3), dtype="uint8", name="picture")
    tokens = _embed(picture, entry, side)
    for number in range(1, entry.layers + 1):
        tokens = _layer(tokens, f"layer{number}", entry, side)
    tokens = _norm(tokens, "last_norm", entry)
    return name_operations(keras.Model(picture, _map(tokens, entry, side)), entry.id)


def _embed(picture: keras.KerasTensor, entry: PublishedTransformer, side: int) -> keras.KerasTensor:
    """The tokens (n, prefix + side², width) that enter the first layer, each with its place."""
    x = layers.Rescaling(entry.scale, entry.offset, dtype="float32", name="normalise")(picture)
    has_bias = entry.kind != "CLIP"
    x = layers.Conv2D(entry.width, entry.patch, entry.patch, use_bias=has_bias, name="patches")(x)
    x = layers.Reshape((side**2, entry.width), name="tokens")(x)
    if entry.kind == "DINOV3":  # its attention knows the places
        in_front = x[:, : entry.prefix]
        if side**2 < entry.prefix:  # a tiny picture has fewer patches
            in_front = layers.UpSampling1D(entry.prefix, name="prefix")(x[:, :1])
        return layers.Concatenate(1, name="placed")([_learned(in_front, "positions"), x])
    if entry.prefix:
        x = layers.ZeroPadding1D((entry.prefix, 0), name="prefix")(x)
    x = layers.Add(name="placed")([x, _learned(x, "positions")])
    return _norm(x, "first_norm", entry) if entry.kind == "CLIP" else x


def _learned(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Learned numbers for each of the tokens (n, tokens, width), whatever is in it: they are added to the
    tokens, and are all that there is of those in front. The place of a token looks them up.
    """
    tokens, width = x.shape[1:]
    places = keras.ops.zeros_like(x[:, :, 0], dtype="int32") + np.arange(tokens, dtype=np.int32)
    return layers.Embedding(tokens, width, embeddings_initializer=_spread(), name=name)(places)


def _spread() -> keras.initializers.Initializer:
    """Random weights. One for each layer: asked again, the same one gives the same numbers."""
    return keras.initializers.TruncatedNormal(stddev=0.02)


def _norm(x: Any, name: str, entry: PublishedTransformer) -> Any:
    return layers.LayerNormalization(epsilon=entry.epsilon, name=name)(x)


def _dense(x: Any, units: int, name: str, activation: str | None = None) -> Any:
    return layers.Dense(units, activation, kernel_initializer=_spread(), name=name)(x)


def _layer(x: Any, name: str, entry: PublishedTransformer, side: int) -> keras.KerasTensor:
    """Attention, then two dense layers, each added to what came in (normalised first)."""
    y = _norm(x, f"{name}_norm1", entry)
    if entry.kind == "DINOV3":
        y = attention.rotary(y, name, entry, side)
    else:
        y = layers.MultiHeadAttention(
            entry.heads, entry.width // entry.heads, kernel_initializer=_spread(), name=f"{name}_attention"
        )(y, y)
    x = layers.Add(name=f"{name}_add1")([x, y])
    return _dense_part(x, name, entry)


def _dense_part(x: Any, name: str, entry: PublishedTransformer) -> keras.KerasTensor:
    """Two dense layers on the normalised tokens, added to these."""
    y = _norm(x, f"{name}_norm2", entry)
    if entry.is_gated:  # SwiGLU (Shazeer, 2020, arXiv:2002.05202)
        gate = _dense(y, entry.inner, f"{name}_gate", "silu")
        y = layers.Multiply(name=f"{name}_product")([gate, _dense(y, entry.inner, f"{name}_dense1")])
    elif entry.is_quick:
        y = _dense(y, entry.inner, f"{name}_dense1")
        y = y * keras.ops.sigmoid(QUICK * y)
    elif entry.kind == "SigLIP":
        y = keras.ops.gelu(_dense(y, entry.inner, f"{name}_dense1"), approximate=True)
    else:
        y = _dense(y, entry.inner, f"{name}_dense1", "gelu")
    y = _dense(y, entry.width, f"{name}_dense2")
    return layers.Add(name=f"{name}_add2")([x, y])


def _map(tokens: keras.KerasTensor, entry: PublishedTransformer, side: int) -> keras.KerasTensor:
    """The tokens as a map (n, side, side, 2 · width): that of each patch beside that of the whole picture."""
    first = layers.Cropping1D((0, tokens.shape[1] - 1), name="first_token")(tokens)
    of_patches, of_all = tokens, first
    if entry.prefix:
        of_patches = layers.Cropping1D((entry.prefix, 0), name="patch_tokens")(tokens)
    else:
        of_all = _gather(tokens, _learned(first, "probe"), entry)
    everywhere = layers.UpSampling1D(side**2, name="class_everywhere")(of_all)
    both = layers.Concatenate(name="both")([of_patches, everywhere])
    return layers.Reshape((side, side, 2 * entry.width), name="map")(both)


def _gather(tokens: Any, probe: Any, entry: PublishedTransformer) -> keras.KerasTensor:
    """One token (n, 1, width) from all: a learned `probe` looks at them, then a dense part as in a layer."""
    x = layers.MultiHeadAttention(
        entry.heads, entry.width // entry.heads, kernel_initializer=_spread(), name="gather_attention"
    )(probe, tokens)
    return _dense_part(x, "gather", entry)
