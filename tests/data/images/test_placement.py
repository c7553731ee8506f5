"""Where a picture lies in its view, against what decoding and views do to pixels."""

from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from PIL import Image

from tlcore.config.augmentation import AugmentationConfig
from tlcore.data.images.augment import augment, move_map
from tlcore.data.images.decode import decode, upright_size
from tlcore.data.images.placement import content_box, letterbox, view

NAMES = [hashlib.sha256(bytes([i])).hexdigest() for i in range(40)]
still = st.builds(
    AugmentationConfig,
    flip=st.booleans(),
    rotate=st.sampled_from([0.0, 20.0, 45.0]),
    zoom=st.floats(0, 0.5),
    shift=st.floats(0, 0.3),
    brightness=st.just(0.0),
    contrast=st.just(0.0),
    colour=st.just(0.0),
)


def drawn(size: tuple[int, int], box: tuple[int, int, int, int]) -> Image.Image:
    """A blue picture with a red rectangle."""
    image = Image.new("RGB", size, (0, 0, 255))
    image.paste((255, 0, 0), box)
    return image


def encoded(image: Image.Image, form: str, turn: int = 1) -> bytes:
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = turn
    image.save(out, form, exif=exif, **({"quality": 95, "subsampling": 0} if form == "JPEG" else {}))
    return out.getvalue()


def edges(mask: np.ndarray) -> list[int]:
    """The box around the pixels that are true."""
    rows, columns = np.nonzero(mask)
    return [int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1]


def red(square: np.ndarray) -> np.ndarray:
    return (square[..., 0] > 127) & (square[..., 2] < 127)


@limits(max_examples=30)
@given(
    st.integers(24, 700),
    st.integers(24, 700),
    st.sampled_from([64, 97, 224]),
    st.sampled_from(["PNG", "JPEG"]),
)
@example(3, 700, 64, "PNG")
@example(700, 3, 97, "JPEG")
@example(1, 1, 64, "PNG")
def test_a_letter_boxed_picture_lies_where_it_is_said_to(
    width: int, height: int, size: int, form: str
) -> None:
    box = (width // 5, height // 5, width * 4 // 5, height * 4 // 5)
    square = decode(encoded(drawn((width, height), box), form), size, "pad")
    shown = np.abs(square.astype(int) - 127).max(axis=2) > 60
    assert edges(shown) == pytest.approx(content_box(width, height, size), abs=1)
    (place,) = letterbox(width, height, size).boxes(np.array([box], float))
    if min(place[2] - place[0], place[3] - place[1]) > 3:
        # Where pictures are enlarged the colours of neighbours run into each other.
        slack = 1 + 0.2 * size / max(width, height)
        assert edges(red(square)) == pytest.approx(place, abs=slack)


@pytest.mark.parametrize("turn", [1, 3, 6, 8])
@pytest.mark.parametrize("size", [(640, 480), (300, 1000)])
def test_a_picture_that_was_turned(turn: int, size: tuple[int, int]) -> None:
    """Boxes are of the upright picture; a JPEG as large as this one is made smaller while it is decoded."""
    upright = drawn(size, (40, 60, 200, 260))
    back = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    stored = upright.transpose(back[turn]) if turn in back else upright
    content = encoded(stored, "JPEG", turn)
    assert upright_size(io.BytesIO(content)) == size
    (place,) = letterbox(*size, 128).boxes(np.array([[40, 60, 200, 260]]))
    assert edges(red(decode(content, 128, "pad"))) == pytest.approx(place, abs=1.01)


@limits(max_examples=60)
@given(
    still,
    st.sampled_from(NAMES),
    st.integers(0, 8),
    st.tuples(st.integers(0, 70), st.integers(0, 70), st.integers(20, 60), st.integers(20, 60)),
)
def test_a_box_and_an_area_follow_their_view(
    settings: AugmentationConfig, name: str, number: int, box: tuple[int, int, int, int]
) -> None:
    size = 96
    left, top, right, bottom = box[0], box[1], min(size, box[0] + box[2]), min(size, box[1] + box[3])
    picture = np.asarray(drawn((size, size), (left, top, right, bottom)))
    seen = red(augment(picture, settings, name, number, beyond=127))
    class_map = np.zeros((size, size), np.uint8)
    class_map[top:bottom, left:right] = 1
    area = move_map(class_map, settings, name, number, 255) == 1
    (place,) = view(size, settings, name, number).boxes(np.array([[left, top, right, bottom]], float))
    clipped = np.clip(place, 0, size)
    if seen.sum() < 30 or min(clipped[2] - clipped[0], clipped[3] - clipped[1]) < 3:
        return  # hardly anything of it is left
    slack = 1.5 if not settings.rotate else 2.5  # the corner of what is turned is thinner than a pixel
    if (place == clipped).all() or not settings.rotate:
        assert edges(seen) == pytest.approx(clipped, abs=slack)
        assert edges(area) == pytest.approx(clipped, abs=slack)
    assert (seen != area).mean() < 0.03


def test_beside_the_picture_nothing_is_asked() -> None:
    settings = AugmentationConfig(rotate=0.0, zoom=0.0, shift=0.3)
    moved = move_map(np.zeros((64, 64), np.uint8), settings, NAMES[0], 1, 255)
    grey = augment(np.zeros((64, 64, 3), np.uint8), settings, NAMES[0], 1, beyond=127)
    assert (moved == 255).any() and ((grey[..., 0] > 60) == (moved == 255)).mean() > 0.95


@limits(max_examples=40)
@given(st.integers(1, 4000), st.integers(1, 4000), still, st.sampled_from(NAMES), st.integers(0, 8))
def test_the_way_back(width: int, height: int, settings: AugmentationConfig, name: str, number: int) -> None:
    place = letterbox(width, height, 320)
    boxes = np.array([[0, 0, width, height], [width / 3, 0, width / 2, height / 7]])
    assert place.boxes_back(place.boxes(boxes)) == pytest.approx(boxes, abs=1e-6 * max(width, height))
    whole = place.then(view(320, settings, name, number))
    corner = np.array([[width / 3, height / 4] * 2])  # a point keeps its box where the picture is turned, too
    assert whole.boxes_back(whole.boxes(corner)) == pytest.approx(corner, abs=1e-6 * max(width, height))
    assert whole.boxes(np.zeros((0, 4))).shape == (0, 4)
