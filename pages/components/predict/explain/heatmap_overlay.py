"""Heatmap over a picture, drawn with Pillow: from the square that a model saw back onto the picture itself.

The colours are plasma's: they grow steadily lighter, so they can be told apart without telling hues, and few
photos have them.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageColor
from plotly.colors import sequential

from tlcore.config import Fit

ANCHORS = np.array([ImageColor.getrgb(colour) for colour in sequential.Plasma], np.float32)
CUT_BRIGHTNESS = 0.35  # brightness of what the model did not see


def fit_to_picture(heat: np.ndarray, size: tuple[int, int], fit: Fit) -> np.ndarray:
    """Heat (rows, columns) on the model's square → on a picture of `size` (width, height): (height, width).

    Smoothly enlarged, 0 to 1; NaN where the picture was cut off, as `pictures.to_square` does it.
    """
    width, height = size
    square = Image.fromarray(np.asarray(heat, np.float32))
    if fit == "stretch":
        return _enlarge(square, size)
    side = max(size) if fit == "pad" else min(size)
    left, top = (width - side) // 2, (height - side) // 2
    whole = _enlarge(square, (side, side))
    if fit == "pad":
        return whole[-top : height - top, -left : width - left]
    result = np.full((height, width), np.nan, np.float32)
    result[top : top + side, left : left + side] = whole
    return result


def _enlarge(square: Image.Image, size: tuple[int, int]) -> np.ndarray:
    return np.clip(np.asarray(square.resize(size, Image.Resampling.BICUBIC)), 0, 1)


def colours_of(heat: np.ndarray) -> np.ndarray:
    """Colours of values from 0 to 1: (…, 3), 0 to 255."""
    at = np.linspace(0, 1, len(ANCHORS))
    return np.stack([np.interp(heat, at, ANCHORS[:, channel]) for channel in range(3)], axis=-1)


def overlay(picture: Image.Image, heat: np.ndarray, strength: float) -> Image.Image:
    """Picture (RGB) under heat of its size, as `placed` gives it: the hotter, the less shines through.

    It turns grey, so that no colour of its own is mistaken for heat.

    Args:
        strength: 0, the picture alone, to 1: it is all grey, and the hottest place only colour.
    """
    grey = np.asarray(picture.convert("L").convert("RGB"), np.float32)
    pixels = (1 - strength) * np.asarray(picture, np.float32) + strength * grey
    cut = np.isnan(heat)
    cover = strength * np.nan_to_num(heat)[..., None]
    mixed = pixels * (1 - cover) + colours_of(np.nan_to_num(heat)) * cover
    mixed[cut] = pixels[cut] * CUT_BRIGHTNESS
    return Image.fromarray(mixed.round().astype(np.uint8))


def legend(width: int = 256, height: int = 12) -> Image.Image:
    """Strip of the colours, least heat on the left."""
    row = colours_of(np.linspace(0, 1, width)).round().astype(np.uint8)
    return Image.fromarray(np.broadcast_to(row, (height, width, 3)).copy())
