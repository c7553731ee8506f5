"""Mixup (Zhang et al., 2018): pairs of examples, and their classes, blended where the frozen part ends.

Blending at the cut costs nothing in the frozen part, and cached features can be used as they are.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

Pairs = tuple[np.ndarray, np.ndarray]


def draw_pairs(order: np.ndarray, strength: float, seed: int, epoch: int) -> Pairs:
    """A partner for each example of an epoch, and its own share in the blend of the two.

    Args:
        order: positions by step (steps, batch), −1 for fillers.
        strength: parameter of the Beta distribution that shares are drawn from.

    Returns:
        the partner's place in the batch (steps, batch) int32; shares (steps, batch) float32 from 0.5 to 1, so
        that each example stays mostly itself.
    """
    random = np.random.default_rng([seed, epoch, 1])
    partners = np.zeros(order.shape, np.int32)
    for step, real in enumerate((order >= 0).sum(axis=1)):
        partners[step, :real] = random.permutation(real)
    shares = random.beta(strength, strength, order.shape)
    return partners, np.maximum(shares, 1 - shares).astype(np.float32)


def blend(tensor: tf.Tensor, partners: tf.Tensor, shares: tf.Tensor) -> tf.Tensor:
    """Blend each example of a batch (n, …) with its partner; the dtype stays."""
    share = tf.reshape(shares, [-1] + [1] * (len(tensor.shape) - 1))
    own, other = (tf.cast(part, tf.float32) for part in (tensor, tf.gather(tensor, partners)))
    mixture = share * own + (1 - share) * other
    return tf.cast(tf.round(mixture) if tensor.dtype.is_integer else mixture, tensor.dtype)
