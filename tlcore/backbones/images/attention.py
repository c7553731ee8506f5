"""Attention of plain Keras operations, where `MultiHeadAttention` cannot do it all. Imports Keras.

DINOv3 has no learned places: it turns pairs of numbers of each patch by an angle that grows with its row, and
others with its column (rotary embeddings, Su et al., 2021, arXiv:2104.09864).
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers

from tlcore.backbones.catalogue.transformer_facts import PublishedTransformer

SLOWEST = 100.0  # times slower than the quickest pair, about, turns the slowest


def attend(query: Any, key: Any, value: Any, name: str, more: Any = 0.0) -> Any:
    """Sums of `value` (…, tokens, numbers), each weighed by how well its `key` fits the `query`.

    Args:
        more: is added to how well they fit (…, tokens, tokens).
    """
    fit = keras.ops.matmul(query * query.shape[-1] ** -0.5, keras.ops.swapaxes(key, -1, -2))
    weights = layers.Softmax(name=f"{name}_weights")(fit + more)
    return keras.ops.matmul(weights, value)


def rotary(x: Any, name: str, entry: PublishedTransformer, side: int) -> Any:
    """Attention of all tokens (n, prefix + side², width) to each other, that of patches turned by place."""
    cosine, sine = _turns(x, entry, side)
    parts = []
    for part in ("query", "key", "value"):
        y = layers.Dense(entry.width, use_bias=part != "key", name=f"{name}_{part}")(x)
        y = layers.Reshape((-1, entry.heads, entry.width // entry.heads), name=f"{name}_{part}_heads")(y)
        parts.append(layers.Permute((2, 1, 3), name=f"{name}_{part}_by_head")(y))
    query, key = (part * cosine + _halves_swapped(part) * sine for part in parts[:2])
    y = layers.Permute((2, 1, 3), name=f"{name}_by_token")(attend(query, key, parts[2], name))
    y = layers.Reshape((-1, entry.width), name=f"{name}_together")(y)
    return layers.Dense(entry.width, name=f"{name}_attention")(y)


def _halves_swapped(x: Any) -> Any:
    half = x.shape[-1] // 2
    return keras.ops.concatenate([x[..., half:], x[..., :half]], -1)


def _turns(x: Any, entry: PublishedTransformer, side: int) -> tuple[Any, Any]:
    """Cosine and sine (1, 1, tokens, numbers) of each token's angles; of the sine the first half is negative,
    as of the pairs one takes what the other gives. Tokens that are no patches stay as they are.
    """
    numbers = entry.width // entry.heads
    speeds = 2 * np.pi / SLOWEST ** (4 * np.arange(numbers // 4) / numbers)
    places = 2 * (np.arange(side) + 0.5) / side - 1  # from -1 to 1
    still = np.zeros(entry.prefix)
    by_row, by_column = np.concatenate([speeds, 0 * speeds]), np.concatenate([0 * speeds, speeds])
    # `x`, whatever is in it, only makes the numbers a part of the graph, which a file stores better than all.
    nothing = keras.ops.zeros_like(x[:1, None, :, :1], dtype="float32")
    angles = 0.0
    for of_patches, one in ((np.repeat(places, side), by_row), (np.tile(places, side), by_column)):
        of_tokens = np.concatenate([still, of_patches])[:, None].astype(np.float32)
        angles += (nothing + of_tokens) * np.concatenate([-one, one]).astype(np.float32)
    return tuple(keras.ops.cast(f(angles), x.dtype) for f in (keras.ops.cos, keras.ops.sin))
