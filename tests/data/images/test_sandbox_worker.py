"""What the decoding children write, called in this process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tlcore.data.images.sandbox_worker import DRAWABLE, write_class_map, write_drawable


def test_a_large_class_map_becomes_small_without_mixing_classes(tmp_path: Path) -> None:
    numbers = np.zeros((3000, 1500), np.uint8)
    numbers[:1500], numbers[1500:, 750:] = 7, 255
    Image.fromarray(numbers).save(tmp_path / "map.png")
    found = write_class_map(tmp_path / "map.png", tmp_path / "small.png")
    assert (found.width, found.height) == (1500, 3000)
    with Image.open(tmp_path / "small.png") as image:
        small = np.asarray(image)
    assert small.shape == (DRAWABLE, DRAWABLE // 2) and set(np.unique(small)) == {0, 7, 255}
    assert (small[: DRAWABLE // 2] == 7).all() and (small[DRAWABLE // 2 :, DRAWABLE // 4 :] == 255).all()


@pytest.mark.parametrize(("size", "expected"), [((3000, 30), (DRAWABLE, 10)), ((40, 30), (40, 30))])
def test_a_picture_to_draw_on_is_never_enlarged(
    tmp_path: Path, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    Image.new("RGB", size).save(tmp_path / "picture.png")
    write_drawable(tmp_path / "picture.png", tmp_path / "small.jpg")
    with Image.open(tmp_path / "small.jpg") as image:
        assert image.format == "JPEG" and image.size == expected
