from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.board import HEIGHT, WIDTH, undrawn
from tlcore.data.annotations.annotation import MOST_IN_PICTURE
from tlcore.data.annotations.class_maps import read_class_map
from tlcore.data.annotations.drawing import DrawnShape, areas_edit, boxes_edit
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Box, Example, Manifest
from tlcore.data.versions import versions
from tlcore.data.versions.annotation_edits import annotation_digest
from tlcore.data.versions.edits import Rename, apply
from tlcore.errors import DataError

CAT = Example("a" * 64, "cat.jpg", "", 40, 30)
ONE = Manifest(name="pets", task="detection", aside=(CAT,))


def boxes(*drawn: Box) -> tuple[Box, ...]:
    shapes = [DrawnShape(b.label, (b.left, b.top, b.right, b.bottom)) for b in drawn]
    return boxes_edit(ONE, CAT.key, shapes, "").boxes


def test_boxes_are_kept_as_they_are_drawn_but_inside_and_once() -> None:
    drawn = boxes(
        Box(" cat\u200b", 1.25, 2, 3, 4),
        Box("cat", -5, -5, 50, 50),
        Box("cat", 1.25, 2, 3, 4),
        Box("dog", 1.25, 2, 3, 4),
    )
    assert drawn == (Box("cat", 1.25, 2, 3, 4), Box("cat", 0, 0, 40, 30), Box("dog", 1.25, 2, 3, 4))
    assert boxes() == ()


@pytest.mark.parametrize(
    ("drawn", "words"),
    [
        ([Box("cat", math.nan, 0, 1, 1)], "One shape cannot be kept. One of its numbers is missing"),
        ([Box("cat", 0, 0, math.inf, 1)], "One of its numbers is missing"),
        ([Box("cat", 3, 0, 1, 1)], "It is empty"),
        ([Box("cat", 40, 0, 45, 3), Box("cat", -9, 0, -1, 3)], "2 shapes cannot be kept. It lies outside"),
        ([Box("\u202e", 0, 0, 1, 1)], "It has no class"),
        ([Box("cat", 0, 0, 1, 1)] * (MOST_IN_PICTURE + 1), "more than 10,000 objects"),
    ],
)
def test_boxes_that_cannot_be_kept_are_said(drawn: list[Box], words: str) -> None:
    with pytest.raises(DataError, match=words):
        boxes(*drawn)


def test_a_picture_that_is_gone_and_half_a_box_are_said() -> None:
    with pytest.raises(DataError, match="not in the data set any more"):
        boxes_edit(ONE, ("b" * 64, "dog.jpg"), [], "")
    with pytest.raises(DataError, match="neither a box nor an area"):
        boxes_edit(ONE, CAT.key, [DrawnShape("cat", (1, 2, 3))], "")


@given(st.lists(st.builds(Box, st.text(max_size=5), *[st.floats()] * 4), max_size=4))
def test_whatever_comes_lies_inside_or_is_refused(drawn: list[Box]) -> None:
    try:
        found = boxes(*drawn)
    except DataError:
        return
    for box in found:
        assert box.label.strip() == box.label != ""
        assert 0 <= box.left < box.right <= CAT.width and 0 <= box.top < box.bottom <= CAT.height


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return undrawn(tmp_path / "pets", "segmentation", drawn=False)


def square(label: str, left: float, top: float, side: float) -> DrawnShape:
    right, bottom = left + side, top + side
    return DrawnShape(label, (left, top, right, top, right, bottom, left, bottom))


def painted(dataset: Dataset, number: int, *shapes: DrawnShape) -> np.ndarray:
    """The class map of a picture after these were drawn on it."""
    manifest = dataset.read()
    example = sorted((*manifest.examples, *manifest.aside), key=lambda e: e.name)[number]
    edit = areas_edit(dataset, manifest, example.key, shapes, annotation_digest(example))
    made = versions.change(dataset, edit)
    (after,) = [e for e in made.examples if e.key == example.key]
    found = read_class_map(dataset.file(after.mask))
    assert {made.classes[number] for number in np.unique(found)} == set(after.areas)
    return found


def test_areas_are_painted_over_those_that_are_there(dataset: Dataset) -> None:
    first = painted(dataset, 0, square("cat", 10, 10, 20), square("dog", 20, 20, 20))
    assert dataset.read().classes == ("background", "cat", "dog")
    assert dataset.read().change == "areas on “0.png” drawn"
    assert [int((first == number).sum()) for number in range(3)] == [WIDTH * HEIGHT - 700, 300, 400]
    second = painted(dataset, 0, square("background", 0, 0, 25), square("fox", 100, 60, 400))
    assert [int((second == number).sum()) for number in (1, 2, 3)] == [100, 375, 400]
    assert (painted(dataset, 1) == 0).all()  # nothing in it


def test_areas_of_one_class_are_nothing_to_train_on(dataset: Dataset) -> None:
    for number in range(3):
        painted(dataset, number)
    assert dataset.read().problem.startswith(
        "No picture shows anything to find but “background”. Draw areas on"
    )
    painted(dataset, 0, square("cat", 10, 10, 20))
    assert dataset.read().problem == ""


def test_renamed_areas_keep_their_numbers_and_two_never_become_one(dataset: Dataset) -> None:
    painted(dataset, 0, square("cat", 10, 10, 20), square("dog", 40, 20, 20))
    made = versions.change(dataset, Rename("cat", "tiger"))
    assert made.classes == ("background", "tiger", "dog") and made.examples[0].areas == made.classes
    assert versions.undo(dataset, made.version).classes == ("background", "cat", "dog")
    with pytest.raises(DataError, match="Two classes of areas cannot become one"):
        apply(dataset.read(), Rename("cat", "dog"))


def test_areas_that_come_back_are_still_of_their_class(dataset: Dataset) -> None:
    drawn = painted(dataset, 0, square("ape", 10, 10, 20))  # in the alphabet it is before the background
    taken_back = versions.undo(dataset, 2)
    again = versions.undo(dataset, taken_back.version)
    assert taken_back.classes == () and again.classes == ("background", "ape")
    assert (read_class_map(dataset.file(again.examples[0].mask)) == drawn).all()
    versions.undo(dataset, again.version)
    painted(dataset, 1, square("dog", 0, 0, 9))
    with pytest.raises(DataError, match="classes of areas have changed too much"):
        versions.undo(dataset, taken_back.version)
    assert dataset.read().classes == ("background", "dog")


def test_classes_that_somebody_adds_meanwhile_are_said(dataset: Dataset) -> None:
    manifest = dataset.read()
    one, other = (e.key for e in manifest.aside[:2])
    late = areas_edit(dataset, manifest, one, [square("cat", 0, 0, 9)], annotation_digest(manifest.aside[0]))
    seen = annotation_digest(manifest.aside[1])
    versions.change(dataset, areas_edit(dataset, manifest, other, [square("dog", 0, 0, 9)], seen))
    with pytest.raises(DataError, match="Somebody else has changed the classes"):
        versions.change(dataset, late)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (DrawnShape("cat", (0, 0, 9, 9)), "fewer than three corners"),
        (DrawnShape("cat", (0.0, 0, 9, 9, math.nan, 4)), "One of its numbers is missing"),
        (square("cat", 500, 500, 9), "It lies outside"),
        (square(" ", 0, 0, 9), "It has no class"),
        (DrawnShape("cat", (1.0,) * 200_000), "more than 50,000 corners"),
    ],
)
def test_areas_that_cannot_be_kept_are_said(dataset: Dataset, shape: DrawnShape, words: str) -> None:
    with pytest.raises(DataError, match=words):
        painted(dataset, 0, shape)
    with pytest.raises(DataError, match="255 classes at most"):
        painted(dataset, 0, *(square(str(number), 0, 0, 9) for number in range(255)))
