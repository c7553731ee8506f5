"""Task-aligned assignment (Feng et al., 2021): which places of a detector answer for which object.

Those whose box and class agree best with it already; how well they agree is the score they should give.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
import tensorflow as tf

TOP = 10  # places for an object, at most
ALPHA, BETA = 1.0, 6.0  # how much the class and the box count
INSIDE = 1e-3  # pixels


@dataclass(frozen=True)
class Assignment:
    """For each place of each picture: the scores it should give (n, p, classes), the box it should draw
    (n, p, 4), and whether it answers for an object at all (n, p), 0 or 1.
    """

    scores: tf.Tensor
    boxes: tf.Tensor
    answers: tf.Tensor


def assign(
    scores: tf.Tensor, boxes: tf.Tensor, objects: tf.Tensor, classes: tf.Tensor, centres: tf.Tensor
) -> Assignment:
    """Assign places to objects.

    Args:
        scores: (n, p, classes) and `boxes` (n, p, 4) as the network gives them now.
        objects: (n, m, 4) true boxes; `classes`: (n, m) int32, −1 where there is no object.
        centres: (p, 2) in pixels.
    """
    is_one = tf.one_hot(classes, scores.shape[-1])  # of −1: zeros
    overlap = tf.clip_by_value(keras.utils.bounding_boxes.compute_iou(objects, boxes, "xyxy"), 0.0, 1.0)
    x, y = centres[None, None, :, 0], centres[None, None, :, 1]
    left, top, right, bottom = (objects[..., i : i + 1] for i in range(4))
    margin = tf.minimum(tf.minimum(x - left, right - x), tf.minimum(y - top, bottom - y))
    inside = tf.cast(margin > INSIDE, tf.float32) * tf.cast(classes >= 0, tf.float32)[..., None]
    certainty = tf.einsum("npc,nmc->nmp", scores, is_one)
    agreement = (tf.maximum(certainty, 1e-9) ** ALPHA * overlap**BETA + 1e-12) * inside
    chosen = _highest(agreement) * inside
    # A place answers for one object only: the one that its box overlaps most.
    owner = tf.argmax((overlap + 1e-6) * chosen, axis=1, output_type=tf.int32)
    chosen *= tf.transpose(tf.one_hot(owner, tf.shape(objects)[1]), (0, 2, 1))
    agreement *= chosen
    best = tf.reduce_max(agreement, -1, keepdims=True)
    nearest = tf.reduce_max(overlap * chosen, -1, keepdims=True)
    quality = tf.reduce_max(agreement / (best + 1e-9) * nearest, axis=1)
    return Assignment(
        tf.einsum("nmp,nmc->npc", chosen, is_one) * quality[..., None],
        tf.gather(objects, owner, axis=1, batch_dims=1),
        tf.reduce_max(chosen, axis=1),
    )


def _highest(agreement: tf.Tensor) -> tf.Tensor:
    """1 at the `TOP` highest places of each object, the first ones among equals, else 0; (n, m, p)."""
    places = tf.math.top_k(agreement, min(TOP, agreement.shape[-1])).indices
    shape = tf.shape(agreement)
    picture, one, _ = tf.meshgrid(*map(tf.range, tf.unstack(tf.shape(places))), indexing="ij")
    return tf.scatter_nd(tf.stack([picture, one, places], -1), tf.ones_like(places, tf.float32), shape)
