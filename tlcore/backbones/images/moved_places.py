"""Moving the learned places of patches to pictures of another size, as Hugging Face's DINOv2 has PyTorch do
it: by the number of patches. (Its authors' code without registers scales by a tenth of a patch more.)

PyTorch's bicubic curve is steeper than that of Keras and TensorFlow (-0.75, not -0.5) unless it smooths
(`antialias`), so theirs would give other features. A test holds both against numbers of PyTorch.
"""

from __future__ import annotations

import math

import numpy as np

STEEP, SMOOTH = -0.75, -0.5  # of the cubic curve (Keys, 1981)


def to_side(places: np.ndarray, side: int, smooth: bool) -> np.ndarray:
    """Places (n · n, width) as those (side · side, width) of another number of patches.

    Args:
        smooth: as DINOv2 with registers does: fewer patches take the mean of those that they cover.
    """
    before = round(len(places) ** 0.5)
    weights = _weights(before, side, smooth)
    grid = places.reshape(before, before, -1)
    moved = np.einsum("yi,xj,ijw->yxw", weights, weights, grid, optimize=True)
    return moved.reshape(side**2, -1).astype(places.dtype)


def fit(positions: np.ndarray, tokens: int, prefix: int) -> np.ndarray:
    """Learned positions (prefix + n², width) for so many tokens, prefix + m²: between those of the grid, as
    timm's `resample_abs_pos_embed` has them. Those in front stay.
    """
    if len(positions) == tokens:
        return positions
    moved = to_side(positions[prefix:], math.isqrt(tokens - prefix), smooth=True)
    return np.concatenate([positions[:prefix], moved])


def _weights(before: int, after: int, smooth: bool) -> np.ndarray:
    """The share of each old place along a side in each new one, (after, before)."""
    step = before / after
    centre = (np.arange(after)[:, None] + 0.5) * step - 0.5
    if smooth:
        weights = _cubic((np.arange(before) - centre) / max(step, 1.0), SMOOTH)
        return weights / weights.sum(axis=1, keepdims=True)
    # Two beyond each edge, which are as the edge.
    beyond = np.arange(-2, before + 2)
    weights = np.zeros((after, before))
    for column, place in zip(_cubic(beyond - centre, STEEP).T, np.clip(beyond, 0, before - 1), strict=True):
        weights[:, place] += column
    return weights


def _cubic(distance: np.ndarray, steepness: float) -> np.ndarray:
    """The curve of Keys: 1 at 0, nothing from 2 on."""
    far = np.abs(distance)
    near = ((steepness + 2) * far - (steepness + 3)) * far**2 + 1
    tail = steepness * (((far - 5) * far + 8) * far - 4)
    return np.where(far <= 1, near, np.where(far < 2, tail, 0.0))
