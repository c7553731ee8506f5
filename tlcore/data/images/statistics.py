"""Statistics of a picture: a few numbers, measured once, while it is decoded for the import.

`near_duplicates.py` finds near copies by the hash, `checks` finds blank, dark, blurred and framed ones by the
rest. The hash is the one of the cosines (pHash): among photos and their resized, cropped and re-encoded
copies it parts the two best.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from tlcore.data.manifest import ImageStatistics

SIDE = 128  # longest side of the grey version that is measured, pixels
_SAME = 10  # levels of a channel that JPEG moves in one colour
_COLOURFUL = 95  # percentile of the pixels' distances from grey: a thing in colour may be small
_HASHED = 32  # side of the grey version that is hashed, pixels
_LOWEST = 8  # cosines of each side that count
_SHARE = 0.98  # of a side that has the frame's colour; the rest may be dirt


def measure(image: Image.Image, form: str, camera: str | None = None) -> ImageStatistics:
    """The numbers of one picture.

    Args:
        image: upright RGB of any size; quick from about 256 pixels down.
        form: its file format, as Pillow calls it.
        camera: what took it; None: not known.
    """
    small = image
    if max(image.size) > SIDE:
        small = image.copy()
        small.thumbnail((SIDE, SIDE), Image.Resampling.BICUBIC)
    grey = np.asarray(small.convert("L"), np.float32)
    contrast = round(float(grey.std()))
    pixels = np.asarray(small)
    return ImageStatistics(
        form=form,
        hash=_hash(image),
        brightness=round(float(grey.mean())),
        contrast=contrast,
        sharpness=_sharpness(grey),
        border=_border(pixels) if contrast else "",
        chroma=round(float(np.percentile(np.ptp(pixels, axis=2), _COLOURFUL))),
        camera=camera,
    )


def _hash(image: Image.Image) -> str:
    """The picture's lowest cosines, above their median or not: 64 bits as hex digits.

    The same as ImageHash's `phash`, but without SciPy, whose loading takes a child of the import as long as
    everything else.
    """
    grey = np.asarray(image.convert("L").resize((_HASHED, _HASHED), Image.Resampling.LANCZOS), float)
    cosines = _cosines(_cosines(grey).T).T
    return np.packbits(cosines > np.median(cosines)).tobytes().hex()


def _cosines(columns: np.ndarray) -> np.ndarray:
    """The lowest terms of each column's discrete cosine transform: (n, columns) → (8, columns)."""
    n = len(columns)
    mirrored = np.fft.rfft(np.concatenate([columns, columns[::-1]]), axis=0)[:_LOWEST]
    return (mirrored * np.exp(-0.5j * np.pi / n * np.arange(_LOWEST))[:, None]).real


def _sharpness(grey: np.ndarray) -> int:
    """Variance of the Laplacian: high where there are edges, low in a blurred picture; 0 for a tiny one."""
    if min(grey.shape) < 3:
        return 0
    middle = grey[1:-1, 1:-1]
    edges = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * middle
    return round(float(edges.var()))


def _border(pixels: np.ndarray) -> str:
    """Colour of the frame around (height, width, 3) pixels, or of bars at two opposite sides; "": none."""
    for sides in ((pixels[0], pixels[-1]), (pixels[:, 0], pixels[:, -1])):
        ring = np.concatenate(sides).astype(np.int16)
        colour = np.median(ring, axis=0)
        near = [(np.abs(side - colour).max(axis=1) <= _SAME).mean() for side in sides]
        if min(near) >= _SHARE:
            return "".join(f"{int(channel):02x}" for channel in colour)
    return ""
