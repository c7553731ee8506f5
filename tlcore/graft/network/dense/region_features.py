"""Features of regions of a picture, which tell what looks alike: what enters the pyramid, averaged inside.

Of a detector on blood cells a threshold read off validation flagged 2.5 % of the objects found in test
pictures, and all that it found in photos of pets; the pyramid's own maps flagged 4 % and let some through,
since they were trained to see nothing but cells.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

from tlcore.backbones.catalogue.catalogue import STRIDES
from tlcore.backbones.graph import steps

LEAST_SIDE = 1.0  # pixels of a region: a smaller one is widened


def map_tensors(model: keras.Model) -> tuple[keras.KerasTensor, ...]:
    """The maps of strides 8, 16 and 32 that enter the pyramid, in a whole model or in its tail."""
    named = {step.operation.name: step for step in steps(model)}
    *finer, coarsest = (f"lateral_{i}" for i in range(len(STRIDES)))
    first = "top" if "top" in named else coarsest  # a segmenter weighs the coarsest map beforehand
    return tuple(named[name].inputs[0] for name in (*finer, first))


def region_features(maps: Sequence[np.ndarray], boxes: np.ndarray, size: int) -> np.ndarray:
    """Features (n, width) float32 of the regions inside `boxes` (n, 4).

    Cells that a region covers in part count in part. Each map's mean is stretched to length 1, so that all
    count alike.

    Args:
        maps: of one picture, (h, w, channels) each.
        boxes: in pixels of the square that the model sees, whose side is `size`.
    """
    middle, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
    middle, half = np.clip(middle, 0, size), np.maximum(half, LEAST_SIDE / 2)
    low, high = middle - half, middle + half
    parts = []
    for cells in maps:
        across = _covered(low[:, 0], high[:, 0], cells.shape[1], size)
        down = _covered(low[:, 1], high[:, 1], cells.shape[0], size)
        columns = np.tensordot(down, cells.astype(np.float32), 1)  # (n, w, channels)
        means = np.einsum("nw,nwc->nc", across, columns)
        lengths = np.linalg.norm(means, axis=1, keepdims=True)
        parts.append(np.divide(means, lengths, out=np.zeros_like(means), where=lengths > 0))
    return np.concatenate(parts, axis=1).astype(np.float32)


def _covered(low: np.ndarray, high: np.ndarray, cells: int, size: int) -> np.ndarray:
    """How much of each cell lies between two edges, (n, cells), each row with a sum of 1."""
    side = size / cells
    edges = np.arange(cells) * side
    within = np.minimum(high[:, None], edges + side) - np.maximum(low[:, None], edges)
    within = np.clip(within, 0, None)
    return (within / within.sum(axis=1, keepdims=True)).astype(np.float32)
