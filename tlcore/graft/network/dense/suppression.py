"""Non-maximum suppression by plain operations, inside the graph: of boxes on one object the surest stays.

KerasHub's layer and TensorFlow's kernels reach neither ONNX nor LiteRT; sums and products of matrices do.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

CANDIDATES = 300  # pairs of box and class, the surest first
MOST = 100  # detections in a picture
OVERLAP = 0.6  # IoU above which two boxes of one class are on one object
# Exact where no box is kept or dropped through a longer chain of others: on bccd_det 0.0007 mAP from greedy.
ROUNDS = 8


def suppress(boxes: Any, scores: Any, size: int) -> tuple[Any, Any, Any]:
    """The surest boxes, each class for itself.

    Args:
        boxes: (n, a, 4) left, top, right, bottom in pixels; `scores`: (n, a, classes), 0 to 1.
        size: of the picture in pixels, so that boxes of two classes never overlap.

    Returns:
        boxes (n, 100, 4), scores (n, 100) and classes (n, 100) float; a score of 0: there is no more.
    """
    classes = scores.shape[-1]
    places = scores.shape[1]
    candidates, most = min(CANDIDATES, places * classes), min(MOST, places * classes)
    flat = ops.reshape(scores, (-1, places * classes))
    best, index = ops.top_k(flat, candidates)
    place = ops.floor_divide(index, classes)
    kind = ops.cast(index - place * classes, "float32")
    chosen = ops.take_along_axis(boxes, ops.expand_dims(place, -1), axis=1)
    apart = chosen - ops.expand_dims(kind, -1) * np.float32(4 * size)
    over = ops.cast(overlaps(apart) > OVERLAP, "float32") * np.triu(
        np.ones((candidates, candidates), np.float32), 1
    )
    keep = ops.ones_like(best)
    for _ in range(ROUNDS):
        keep = 1.0 - ops.max(over * ops.expand_dims(keep, -1), axis=1)
    final, order = ops.top_k(best * keep, most)
    return (
        ops.take_along_axis(chosen, ops.expand_dims(order, -1), axis=1),
        final,
        ops.take_along_axis(kind, order, axis=1),
    )


def overlaps(boxes: Any) -> Any:
    """Intersection over union of each box with each other, (n, m, 4) → (n, m, m)."""
    left, top, right, bottom = (boxes[..., i] for i in range(4))
    width = ops.minimum(right[:, :, None], right[:, None]) - ops.maximum(left[:, :, None], left[:, None])
    height = ops.minimum(bottom[:, :, None], bottom[:, None]) - ops.maximum(top[:, :, None], top[:, None])
    shared = ops.maximum(width, 0.0) * ops.maximum(height, 0.0)
    area = (right - left) * (bottom - top)
    # Nothing but scalars is added here: with a single picture Keras takes (1, 1, m) for the bias of channels,
    # and adds it along the wrong axis.
    return shared / (area[:, :, None] - (shared - area[:, None]) + 1e-9)
