"""Overlap of true and answered areas, from counts of pixels.

A class map is an (h, w) array of uint8 with the number of a class for each pixel, 0…k−1; in a true one
`IGNORED` marks pixels that count for nothing.
"""

from __future__ import annotations

import numpy as np

from tlcore.data.annotations.annotation import IGNORED
from tlcore.evaluate.statistics import bootstrap

AT_ONCE = 100  # draws


def count_pixels(true: np.ndarray, answered: np.ndarray, classes: int) -> np.ndarray:
    """Counts (classes, classes) of the pixels of one picture: row = true class, column = answered class.

    Raises:
        ValueError: the maps differ in size, are not uint8, or hold a number that is no class.
    """
    if true.shape != answered.shape or not (true.dtype == answered.dtype == np.uint8):
        raise ValueError(
            f"two uint8 maps of one size are needed: {true.shape} {true.dtype}, {answered.shape}"
        )
    pairs = (true.astype(np.uint16) << 8) | answered
    matrix = np.bincount(pairs.ravel(), minlength=256 * 256).reshape(256, 256)[:IGNORED]
    counts = matrix[:classes, :classes]
    if counts.sum() != matrix.sum():
        raise ValueError(f"a class map holds a number that is none of {classes} classes")
    return counts.copy()


def areas(counts: np.ndarray) -> np.ndarray:
    """Pixels (3, classes) of each class: right ones, true ones, answered ones."""
    return np.stack([counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)])


def intersection_over_union(areas: np.ndarray) -> np.ndarray:
    """IoU of each class, (…, classes), from areas (…, 3, classes).

    NaN: the class is in neither map. The mean over the others is the mean IoU, as `keras.metrics.MeanIoU`
    has it.
    """
    right = areas[..., 0, :]
    union = areas[..., 1, :] + areas[..., 2, :] - right
    return np.where(union > 0, right / np.maximum(union, 1), np.nan)


def mean_iou_interval(areas: np.ndarray) -> tuple[float, float] | None:
    """95 % interval of the mean IoU over all pixels, by bootstrap over pictures.

    Args:
        areas: of each picture, (n, 3, classes).

    Returns:
        None with fewer than two pictures, or no pixel that counts.
    """
    n, _, classes = areas.shape
    if n < bootstrap.FEWEST:
        return None
    flat = areas.reshape(n, -1).astype(float)
    sums = (weights @ flat for weights in bootstrap.draw_weights(n, AT_ONCE))
    draws = np.concatenate([_mean_iou(of_draws.reshape(-1, 3, classes)) for of_draws in sums])
    return bootstrap.interval(bootstrap.number(_mean_iou(areas.sum(axis=0))), draws, len(areas))


def _mean_iou(areas: np.ndarray) -> np.ndarray:
    return bootstrap.mean_of_defined(intersection_over_union(areas))
