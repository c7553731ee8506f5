"""Rows of letter-boxed pictures with their boxes and class maps."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from tlcore.config import RunConfig
from tlcore.config.augmentation import AugmentationConfig
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Box, Example
from tlcore.errors import PictureError
from tlcore.graft.inputs import dense_rows
from tlcore.graft.inputs.dense_rows import (
    LEAST_SHARE,
    LEAST_SIDE,
    MOST_OBJECTS,
    DetectionRows,
    SegmentationRows,
    letterboxed_map,
    read,
)

SIZE = 64
VIEWS = AugmentationConfig(views=8, flip=True, rotate=0.0, zoom=0.4, shift=0.3)
WIDTH, HEIGHT = 80, 40  # letter-boxed: 64 × 32, with 16 rows of grey above and below
BOXES = (Box("dog", 0, 0, 80, 40), Box("cat", 60, 0, 78, 12))


def png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return Dataset(tmp_path / "set")


@pytest.fixture
def examples(dataset: Dataset) -> list[Example]:
    """A picture twice, once with objects and once looked through in vain, and one that is black."""
    class_map = np.zeros((HEIGHT, WIDTH), np.uint8)
    class_map[:12, 60:78] = 1
    class_map[20:] = 255
    names = []
    white, black = (np.full((HEIGHT, WIDTH, 3), value, np.uint8) for value in (255, 0))
    for pixels in (white, black, class_map):
        content = png(pixels)
        names.append(hashlib.sha256(content).hexdigest())
        dataset.store(names[-1], content)
    common = {"label": "", "width": WIDTH, "height": HEIGHT, "mask": names[2]}
    return [
        Example(names[0], "a.png", boxes=BOXES, **common),
        Example(names[0], "b.png", boxes=(), **common),
        Example(names[1], "c.png", boxes=BOXES[1:], **common),
    ]


def test_boxes_of_the_picture_as_it_is(dataset: Dataset, examples: list[Example]) -> None:
    rows = DetectionRows(dataset, examples, SIZE, VIEWS, classes=("cat", "dog"))
    assert rows.fit == "pad" and rows.total == 3
    found = rows.targets(np.array([0, 1, 2]))
    assert found.dtype == np.float32
    assert found[0].tolist() == [[1, 0, 16, 64, 48], [0, 48, 16, pytest.approx(62.4), pytest.approx(25.6)]]
    assert found[1].tolist() == [[-1, 0, 0, 0, 0]] * 2
    assert found[2, 0].tolist() == found[0, 1].tolist() and found[2, 1, 0] == -1


def test_boxes_follow_views_and_what_is_cut_off_is_left_out(
    dataset: Dataset, examples: list[Example]
) -> None:
    rows = DetectionRows(dataset, examples, SIZE, VIEWS, classes=("cat", "dog"))
    gone = 0
    for number in range(1, 1 + VIEWS.views):
        row = 3 * number
        square, (target, empty) = rows.decode(row), rows.boxes(np.array([row, row + 1]))
        assert (empty[:, 0] == -1).all()
        kept = {int(one[0]): one[1:] for one in target if one[0] >= 0}
        wholes = rows.placement(row).boxes(np.array([[b.left, b.top, b.right, b.bottom] for b in BOXES]))
        for label, whole in zip((1, 0), wholes, strict=True):
            inside = np.clip(whole, 0, SIZE)
            sides = inside[2:] - inside[:2]
            left = sides.prod() / (whole[2:] - whole[:2]).prod()
            assert (label in kept) == (left > LEAST_SHARE and sides.min() > LEAST_SIDE)
            gone += label not in kept
            if label in kept:
                assert kept[label] == pytest.approx(inside, abs=1e-3)
        if 1 in kept:  # the whole picture: what is not grey
            shown = np.nonzero(np.abs(square[..., 0].astype(int) - 127) > 70)
            seen = [shown[1].min(), shown[0].min(), shown[1].max() + 1, shown[0].max() + 1]
            assert seen == pytest.approx(kept[1], abs=1.6)
    assert gone, "some view cuts one off"


def test_of_a_crowd_the_largest_are_looked_at(dataset: Dataset, examples: list[Example]) -> None:
    """Each is compared with each place: ten thousand would take the memory of a whole machine."""
    crowd = tuple(Box("cat", 0, 0, 1 + i % 70, 1 + i % 30) for i in range(10_000))
    crowded = [msgspec.structs.replace(examples[0], boxes=crowd), *examples[1:]]
    rows = DetectionRows(dataset, crowded, SIZE, VIEWS, classes=("cat", "dog"))
    target = rows.boxes(np.array([0]))[0]
    assert len(target) == MOST_OBJECTS and (target[:, 0] == 0).all()
    areas = sorted(((b.right - b.left) * (b.bottom - b.top) * 0.64 for b in crowd), reverse=True)
    found = (target[:, 3] - target[:, 1]) * (target[:, 4] - target[:, 2])
    assert found == pytest.approx(areas[:MOST_OBJECTS], rel=1e-3)
    assert rows.note == "One picture has over 300 objects; training looked at the 300 largest."
    assert DetectionRows(dataset, examples, SIZE, VIEWS, classes=("cat", "dog")).note == ""


def test_class_maps_follow_views_and_are_kept(
    dataset: Dataset, examples: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = SegmentationRows(dataset, examples, SIZE, VIEWS)
    maps = rows.targets(np.arange(9))
    assert maps.shape == (9, SIZE, SIZE) and maps.dtype == np.uint8
    assert (maps[0, :16] == 255).all() and (maps[0, 33:] == 255).all()
    assert maps[0, 20, 50] == 1 and maps[0, 30, 50] == 0 and set(np.unique(maps)) <= {0, 1, 255}
    assert (maps[0] == maps[1]).all() and (maps[3] == maps[4]).all()  # the same picture twice
    assert (maps[3] != maps[0]).any() and (maps[5] != maps[3]).any()
    monkeypatch.setattr(dense_rows, "read_class_map", None)
    assert (rows.class_maps(np.arange(9)) == maps).all()


def test_class_maps_that_are_too_many_are_read_again(
    dataset: Dataset, examples: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense_rows, "MOST_MEMORY", 2 * SIZE * SIZE)
    rows = SegmentationRows(dataset, examples, SIZE, VIEWS)
    first = rows.class_maps(np.arange(6))
    assert len(rows._kept) == 2 and (rows.class_maps(np.arange(6)) == first).all()


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 500), (500, 1), (33, 77), (64, 64)])
def test_any_class_map_fits_the_square(width: int, height: int) -> None:
    square = letterboxed_map(np.ones((height, width), np.uint8), SIZE)
    assert square.shape == (SIZE, SIZE) and set(np.unique(square)) <= {1, 255} and (square == 1).any()


def test_cut_tensors_are_named_by_what_lies_beside_a_picture(
    dataset: Dataset, examples: list[Example]
) -> None:
    rows = DetectionRows(dataset, examples, SIZE, VIEWS, classes=("cat", "dog"))
    assert rows.description["beyond"] == 127 and rows.description["kept"] == rows.cut_dtype == "float16"
    assert rows.keys(np.array([0]))[0] == rows.keys(np.array([1]))[0] != rows.keys(np.array([2]))[0]


def test_a_file_is_read_with_its_size(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (90, 30)).save(tmp_path / "turned.jpg", exif=exif)
    ((fields, batch),) = read(tmp_path / "turned.jpg", RunConfig(fit="pad"), (None, SIZE, SIZE, 3))
    assert fields == [{"path": str(tmp_path / "turned.jpg"), "width": 30, "height": 90}]
    assert batch.shape == (1, SIZE, SIZE, 3) and (batch[0, :, :15] == 127).all()
    (tmp_path / "no.jpg").write_bytes(b"nothing")
    with pytest.raises(PictureError):
        next(iter(read(tmp_path / "no.jpg", RunConfig(fit="pad"), (None, SIZE, SIZE, 3))))
