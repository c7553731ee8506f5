"""Class maps: the class of every pixel of a picture, from areas or from a mask that was brought.

A class map is uint8 of shape (height, width): the class's place in the list of classes, or 255 where a pixel
does not count.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from tlcore.data.annotations.acceptance import check_shape, scale
from tlcore.data.annotations.annotation import BACKGROUND, IGNORED, Annotation
from tlcore.data.annotations.areas import draw
from tlcore.data.dataset import Dataset
from tlcore.errors import PictureError

MOST_PIXELS = 50_000_000  # of a mask: three times as many bytes while it is decoded
_ROWS = 256  # of a mask whose values are looked up or counted at once


def class_map(annotation: Annotation, classes: Sequence[str], width: int, height: int) -> np.ndarray:
    """The class map of the picture that is there, `width` × `height` upright.

    Args:
        classes: of the `AnnotatedSource` that the annotation is from.

    Raises:
        PictureError: its mask cannot be read, or is of a picture of another shape.
    """
    if annotation.mask is not None:
        pixels = _read_mask(
            annotation.mask.entry.read(), annotation.mask.numbers, annotation.mask.are_colours
        )
        check_shape("mask", (pixels.shape[1], pixels.shape[0]), (width, height))
        return _resized(pixels, width, height)
    across, down = scale(annotation, width, height)
    numbers = {label: number for number, label in enumerate(classes)}
    labels = {area.label for area in annotation.areas}
    numbers |= {label: 0 for label in labels if label.casefold() == classes[0] == BACKGROUND}
    has_runs = any(area.runs is not None for area in annotation.areas)
    if has_runs and annotation.width and annotation.height:  # they are of pixels, and cannot be scaled
        if annotation.width * annotation.height > MOST_PIXELS:
            raise PictureError(
                f"Its areas are for {annotation.width:,} × {annotation.height:,} pixels; the limit is "
                f"{MOST_PIXELS // 1_000_000} million."
            )
        pixels = draw(annotation, numbers, (1, 1), (annotation.width, annotation.height))
        return _resized(pixels, width, height)
    return draw(annotation, numbers, (across, down), (width, height))


def is_of_other_size(annotation: Annotation, width: int, height: int) -> bool:
    """True where an annotation that can be read is for a larger or smaller copy of the picture."""
    size = (annotation.width, annotation.height)
    if annotation.mask is not None:
        with Image.open(io.BytesIO(annotation.mask.entry.read()), formats=("PNG",)) as image:
            size = image.size
    return all(size) and size != (width, height)


def read_class_map(file: Path) -> np.ndarray:
    """A class map that an import has stored: uint8 of shape (height, width)."""
    with Image.open(file, formats=("PNG",)) as image:
        return np.asarray(image if image.mode == "L" else image.convert("L"))


def store_class_map(
    class_map: np.ndarray, classes: Sequence[str], dataset: Dataset | None
) -> tuple[str, tuple[str, ...]]:
    """Keep a class map in a data set, if one is given.

    Returns:
        the SHA-256 of its file, and the classes that are in it.

    Raises:
        OSError: it cannot be written.
    """
    content = io.BytesIO()
    Image.fromarray(class_map).save(content, "PNG")
    sha256 = hashlib.sha256(content.getvalue()).hexdigest()
    if dataset is not None:
        dataset.store(sha256, content.getvalue())
    there = np.flatnonzero(pixel_counts(class_map)).tolist()
    return sha256, tuple(classes[number] for number in there if number != IGNORED)


def pixel_counts(class_map: np.ndarray) -> np.ndarray:
    """How many pixels have each value, (256,). A few rows at a time: counting takes eight bytes for each."""
    parts = (class_map[first : first + _ROWS] for first in range(0, len(class_map), _ROWS))
    return sum((np.bincount(part.ravel(), minlength=256) for part in parts), np.zeros(256, np.int64))


def _resized(pixels: np.ndarray, width: int, height: int) -> np.ndarray:
    if pixels.shape == (height, width):
        return pixels
    return np.array(Image.fromarray(pixels).resize((width, height), Image.Resampling.NEAREST))


def _read_mask(content: bytes, numbers: Mapping[int, int], are_colours: bool) -> np.ndarray:
    """The class map in a mask; values without a class do not count.

    Raises:
        PictureError: it cannot be read.
    """
    values = mask_values(content, are_colours)
    keys = np.array(sorted(numbers))
    found = np.array([numbers[key] for key in keys.tolist()], np.uint8)
    pixels = np.empty(values.shape, np.uint8)
    for first in range(0, len(values), _ROWS):
        some = values[first : first + _ROWS]
        at = np.searchsorted(keys, some).clip(max=len(keys) - 1)
        pixels[first : first + _ROWS] = np.where(keys[at] == some, found[at], IGNORED)
    return pixels


def mask_values(content: bytes, are_colours: bool) -> np.ndarray:
    """The values of a mask's pixels, of shape (height, width): indices, or colours as in `MaskFile`.

    Raises:
        PictureError: it is no PNG that can be read, or has too many pixels.
    """
    image = _decoded(content)
    if are_colours:
        return pack_colours(np.asarray(image.convert("RGB")))
    pixels = np.asarray(image)
    return pixels.astype(np.uint8) if pixels.dtype == bool else pixels if pixels.ndim == 2 else pixels[..., 0]


def has_colours(content: bytes) -> bool:
    """True if its pixels have colours that are not grey; those of a palette count as indices.

    Raises:
        PictureError: as `mask_values`.
    """
    pixels = np.asarray(_decoded(content))
    return pixels.ndim == 3 and pixels.shape[2] > 2 and bool((pixels[..., :1] != pixels[..., 1:3]).any())


def pack_colours(pixels: np.ndarray) -> np.ndarray:
    """Colours of shape (height, width, 3) as numbers: red × 65536 + green × 256 + blue."""
    red, green, blue = (pixels[..., channel].astype(np.int32) for channel in range(3))
    return red << 16 | green << 8 | blue


def _decoded(content: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise PictureError(
                    f"The mask claims {image.width:,} × {image.height:,} pixels; the limit is "
                    f"{MOST_PIXELS // 1_000_000} million."
                )
            image.load()
            return image
    except PictureError:
        raise
    except Exception as error:  # Pillow's decoders raise anything
        raise PictureError("The mask is no PNG that can be read.") from error
