"""From a segmenter's chances in its letter-boxed square to class numbers in the pixels of a picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from tlcore.data.annotations.annotation import IGNORED
from tlcore.data.images.placement import content_box


def likeliest(chances: np.ndarray, width: int, height: int) -> np.ndarray:
    """The likeliest class of each pixel of a picture, (height, width) uint8.

    Args:
        chances: (size, size, classes) for the letter-boxed picture.
    """
    left, top, right, bottom = content_box(width, height, len(chances))
    inner = chances[top:bottom, left:right].astype(np.float32)
    best, number_of = np.full((height, width), -1, np.float32), np.zeros((height, width), np.uint8)
    for number in range(inner.shape[-1]):  # one plane at a time: each is as large as the picture
        plane = Image.fromarray(np.ascontiguousarray(inner[..., number]))
        chance = np.asarray(plane.resize((width, height), Image.Resampling.BILINEAR))
        number_of[chance > best] = number
        np.maximum(best, chance, out=best)
    return number_of


def own_numbers(labels: Sequence[str], classes: Sequence[str]) -> np.ndarray:
    """A model's number for each number in the class maps of a data set, (256,) uint8.

    Args:
        labels: the classes of the model.
        classes: those of the data set. One that the model does not know does not count.
    """
    numbers = np.full(256, IGNORED, np.uint8)
    for number, label in enumerate(classes):
        if label in labels:
            numbers[number] = labels.index(label)
    return numbers
