"""Augmented views: numbered, randomly changed versions of a picture, the same ones on every machine and day.

Applied to the square that `decode.decode` gave, before the frozen part. A view depends on the picture's
bytes, the view's number and the settings alone, so it can be computed once and kept. `AUGMENT_VERSION` goes
up with any change that moves a pixel: what is kept of views is kept under it.
"""

from __future__ import annotations

import hashlib
import json
import math

import numpy as np
from PIL import Image, ImageEnhance

from tlcore.config.augmentation import AugmentationConfig

AUGMENT_VERSION = 1


def augment(
    picture: np.ndarray, settings: AugmentationConfig, sha256: str, view: int, beyond: int | None = None
) -> np.ndarray:
    """View `view` of a picture, uint8 (size, size, 3) as `picture` is; view 0 is the picture itself.

    Rotation, zoom, shift and flip are one bicubic resample; then come brightness, contrast and colour. Safe
    in threads.

    Args:
        beyond: grey value of what lies beyond the border; None: the picture mirrored. A mirrored object would
            be one that nobody has drawn a box around.
    """
    if view == 0:
        return picture
    drawn = draws(sha256, view)
    if beyond is None:
        image = Image.fromarray(_transform(picture, settings, drawn[:5]))
    else:
        image = _move(Image.fromarray(picture), settings, drawn, (beyond,) * 3, Image.Resampling.BICUBIC)
    for enhance, most, draw in (
        (ImageEnhance.Brightness, settings.brightness, drawn[5]),
        (ImageEnhance.Contrast, settings.contrast, drawn[6]),
        (ImageEnhance.Color, settings.colour, drawn[7]),
    ):
        if most:
            image = enhance(image).enhance(1 + most * draw)
    return np.asarray(image)


def view_key(sha256: str, settings: AugmentationConfig, view: int) -> bytes:
    """32 bytes that name the pixels of a view, given how its picture was decoded.

    The number of views is not part of it, so raising that number leaves the first ones valid.
    """
    if view == 0:
        return bytes.fromhex(sha256)
    text = json.dumps([sha256, settings.changes, AUGMENT_VERSION, view])
    return hashlib.sha256(text.encode()).digest()


def move_map(
    class_map: np.ndarray, settings: AugmentationConfig, sha256: str, view: int, beyond: int
) -> np.ndarray:
    """The class map, uint8 (size, size), of view `view` of the picture with that SHA-256."""
    if view == 0:
        return class_map
    image = _move(Image.fromarray(class_map), settings, draws(sha256, view), beyond, Image.Resampling.NEAREST)
    return np.asarray(image)


def _move(
    image: Image.Image,
    settings: AugmentationConfig,
    drawn: list[float],
    beyond: int | tuple[int, ...],
    how: Image.Resampling,
) -> Image.Image:
    """The square after flip, rotation, zoom and shift, with `beyond` where it does not reach."""
    middle = image.width / 2
    matrix, moved = affine(image.width, settings, drawn)
    (a, b), (d, e) = matrix.tolist()
    x, y = (moved + middle - matrix @ (middle, middle)).tolist()
    return image.transform(image.size, Image.Transform.AFFINE, (a, b, x, d, e, y), how, fillcolor=beyond)


def draws(sha256: str, view: int) -> list[float]:
    """Eight numbers from −1 to 1, evenly spread, one for each kind of change.

    They come from a hash and not from a random generator, whose stream may change with NumPy's version; nor
    do they depend on the settings, so that moving one slider leaves the other changes as they are.
    """
    digest = hashlib.sha256(f"{sha256}:{view}".encode()).digest()
    return [int.from_bytes(digest[i : i + 4]) / (2**31 - 0.5) - 1 for i in range(0, 32, 4)]


def _transform(picture: np.ndarray, settings: AugmentationConfig, drawn: list[float]) -> np.ndarray:
    """The picture after flip, rotation, zoom and shift, (size, size, 3)."""
    size = len(picture)
    matrix, moved = affine(size, settings, drawn)
    if np.array_equal(matrix, np.eye(2)) and not moved.any():
        return picture
    # Pillow asks where each pixel of the result comes from, and knows no mirrored borders: what the corners
    # reach beyond the picture, and two pixels for the bicubic window, is laid around it first.
    middle = size / 2
    corners = matrix @ (np.array([[-1, -1, 1, 1], [-1, 1, -1, 1]]) * middle) + moved[:, None]
    margin = max(0, math.ceil(np.abs(corners).max() - middle)) + 2
    padded = np.pad(picture, ((margin, margin), (margin, margin), (0, 0)), "symmetric")
    start = moved + middle + margin - matrix @ (middle, middle)
    (a, b), (d, e) = matrix.tolist()
    coefficients = (a, b, start[0], d, e, start[1])
    image = Image.fromarray(padded)
    return np.asarray(
        image.transform((size, size), Image.Transform.AFFINE, coefficients, Image.Resampling.BICUBIC)
    )


def affine(size: int, settings: AugmentationConfig, drawn: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """From a place in the view to one in the picture, (x, y) from the middle: matrix (2, 2), shift (2,)."""
    mirror, turn, nearer, right, down = drawn[:5]
    angle = math.radians(settings.rotate * turn)
    scale = (1 + settings.zoom) ** -nearer
    flip = -1.0 if settings.flip and mirror > 0 else 1.0
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    return np.array([[flip * cos, sin], [-flip * sin, cos]]), settings.shift * size * np.array([right, down])
