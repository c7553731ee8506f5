"""The place of a picture in its view: boxes and areas follow what `decode.py` and `augment.py` do to pixels.

Detection and segmentation see a picture letter-boxed (`fit` "pad") and in numbered views. A `Placement` says
where a point of the picture went, and where a point of the view came from. All numbers are edges in pixels:
(0, 0) is the upper left corner, (width, height) the lower right one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tlcore.config.augmentation import AugmentationConfig
from tlcore.data.images import augment


@dataclass(frozen=True)
class Placement:
    """An affine map: place in the view = `matrix` (2, 2) @ place in the picture + `shift` (2,)."""

    matrix: np.ndarray
    shift: np.ndarray

    def boxes(self, boxes: np.ndarray) -> np.ndarray:
        """Boxes (n, 4) of the picture as they stand in the view: around their corners where it is turned."""
        return _around_corners(boxes, self.matrix, self.shift)

    def boxes_back(self, boxes: np.ndarray) -> np.ndarray:
        """Boxes (n, 4) of the view as they stand in the picture."""
        inverse = np.linalg.inv(self.matrix)
        return _around_corners(boxes, inverse, -inverse @ self.shift)

    def then(self, other: Placement) -> Placement:
        """This placement followed by another one."""
        return Placement(other.matrix @ self.matrix, other.matrix @ self.shift + other.shift)


def letterbox(width: int, height: int, size: int) -> Placement:
    """The place of an upright picture in a letter-boxed square, as `fit` "pad" of `decode.decode` lays it."""
    left, top, right, bottom = content_box(width, height, size)
    return Placement(np.diag([(right - left) / width, (bottom - top) / height]), np.array([left, top], float))


def content_box(width: int, height: int, size: int) -> tuple[int, int, int, int]:
    """The part of a letter-boxed square that shows the picture: left, top, right, bottom, in whole pixels.

    The arithmetic is that of Pillow's `ImageOps.pad`.
    """
    wide, high = size, size
    if width > height:
        high = max(1, round(height / width * size))
    elif height > width:
        wide = max(1, round(width / height * size))
    left, top = round((size - wide) * 0.5), round((size - high) * 0.5)
    return left, top, left + wide, top + high


def view(size: int, settings: AugmentationConfig, sha256: str, number: int) -> Placement:
    """The place of a square of `size` pixels in view `number` of it; view 0 is the square itself."""
    if not number:
        return Placement(np.eye(2), np.zeros(2))
    matrix, moved = augment.affine(size, settings, augment.draws(sha256, number))
    inverse, middle = np.linalg.inv(matrix), np.full(2, size / 2)
    return Placement(inverse, middle - inverse @ (moved + middle))


def _around_corners(boxes: np.ndarray, matrix: np.ndarray, shift: np.ndarray) -> np.ndarray:
    corners = boxes.reshape(-1, 4)[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2) @ matrix.T + shift
    return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
