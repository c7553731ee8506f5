"""The boundary picture: where an answered class map is wrong, and whether that is next to a true boundary.

People who draw areas differ by a few pixels at their boundaries, so a mistake there weighs less than one in
the middle of an area.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from tlcore.data.annotations.annotation import IGNORED

RIGHT, NEAR, WRONG = 0, 1, 2
WITHIN = 3  # pixels


def mistake_map(true: np.ndarray, answered: np.ndarray, within: int = WITHIN) -> np.ndarray:
    """Each pixel of two class maps (h, w) as `RIGHT`, `NEAR`, `WRONG` or `IGNORED`, (h, w) of uint8.

    `NEAR`: wrong, and at most `within` ≥ 1 pixels from a true boundary, diagonals counting as one. Where an
    ignored area begins there is a boundary, too: such areas are often drawn along one.
    """
    mistakes = np.where(true == answered, RIGHT, WRONG).astype(np.uint8)
    mistakes[(mistakes == WRONG) & _is_near(true, within)] = NEAR
    mistakes[true == IGNORED] = IGNORED
    return mistakes


def _is_near(true: np.ndarray, within: int) -> np.ndarray:
    """Whether a pixel is near a boundary, (h, w). Those on both sides of it are one pixel away."""
    beside = np.zeros(true.shape, bool)
    down, across = true[1:] != true[:-1], true[:, 1:] != true[:, :-1]
    beside[1:] |= down
    beside[:-1] |= down
    beside[:, 1:] |= across
    beside[:, :-1] |= across
    picture = Image.fromarray(beside.astype(np.uint8))
    return np.asarray(picture.filter(ImageFilter.MaxFilter(2 * within - 1))) > 0
