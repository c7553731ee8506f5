"""A segmenter's answer in the pixels of the picture as it came."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tlcore.evaluate.segmentation.class_maps import likeliest


def test_the_likeliest_class_of_each_pixel_without_the_grey_beside_the_picture() -> None:
    chances = np.random.default_rng(0).random((32, 32, 5)).astype(np.float32)
    found = likeliest(chances, 64, 32)
    planes = [
        np.asarray(Image.fromarray(chances[8:24, :, n].copy()).resize((64, 32), Image.Resampling.BILINEAR))
        for n in range(5)
    ]
    assert (found == np.argmax(planes, axis=0)).all() and found.dtype == np.uint8
