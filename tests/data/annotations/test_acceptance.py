from __future__ import annotations

import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.data.annotations.acceptance import TWICE, accept, fit
from tlcore.data.annotations.annotation import Annotation, Edges, RawObject, Sheet
from tlcore.data.annotations.areas import check_runs, rectangle
from tlcore.data.manifest import Box
from tlcore.errors import PictureError

NUMBERS = st.floats(-50, 150) | st.sampled_from((math.nan, math.inf, -math.inf, 0.0, 40.0, 30.0, 1e308))
EDGES = st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS)


def sheet(*objects: RawObject, width: int = 40, height: int = 30, **more: object) -> Sheet:
    return Sheet("a.xml", ("",), width, height, list(objects), **more)  # type: ignore[arg-type]


def taken(*objects: RawObject, as_areas: bool = False) -> Annotation:
    return accept(sheet(*objects), "a.png", as_areas)


@pytest.mark.parametrize(
    ("edges", "reason"),
    [
        ((5, 5, 5, 9), "It is empty: its width or height is not above zero."),
        ((9, 5, 5, 9), "It is empty: its width or height is not above zero."),
        ((5, math.nan, 9, 9), "One of its numbers is missing, or is not finite."),
        ((5, 5, math.inf, 9), "One of its numbers is missing, or is not finite."),
        ((40, 5, 50, 9), "It lies outside the picture."),
        ((-9, -9, 0, 0), "It lies outside the picture."),
        (None, "It has neither a box nor an area."),
    ],
)
def test_boxes_that_are_none(edges: Edges | None, reason: str) -> None:
    for as_areas in (False, True):
        found = taken(RawObject("cat", edges), as_areas=as_areas)
        assert (found.boxes, found.areas, found.skipped) == ((), (), (reason,))


@pytest.mark.parametrize(
    ("label", "kept"), [("  a\u202eb\n ", "ab"), ("x" * 300, "x" * 100), ("", None), ("\u200b\n", None)]
)
def test_classes_are_named_as_everywhere(label: str, kept: str | None) -> None:
    found = taken(RawObject(label, (1, 1, 5, 5)))
    assert [box.label for box in found.boxes] == ([kept] if kept else [])
    assert found.skipped == (() if kept else ("It has no class.",))


def test_what_stands_there_twice_counts_once() -> None:
    twice = [
        RawObject("cat", (1, 1, 5, 5)),
        RawObject("cat", (1.001, 1, 5, 5)),
        RawObject("dog", (1, 1, 5, 5)),
    ]
    found = taken(*twice)
    assert len(found.boxes) == 2 and found.skipped == ("The same object stands there twice.",)
    corners = rectangle((1, 1, 5, 5))
    areas = [RawObject("cat", polygons=(corners,)), RawObject("cat", polygons=(corners,))]
    assert taken(*areas, as_areas=True).skipped == ("The same object stands there twice.",)
    # Shares of a picture are told apart more finely than pixels.
    near = [RawObject("cat", (0.1, 0.1, 0.5, 0.5)), RawObject("cat", (0.101, 0.1, 0.5, 0.5))]
    assert len(accept(sheet(*near, is_relative=True), "a.png", False).boxes) == 2


def test_areas_and_boxes_for_one_another_and_crowds() -> None:
    triangle = RawObject("cat", polygons=(array("d", (5, 5, 15, 5, 10, 25)),))
    crowd = RawObject("dog", (0, 0, 9, 9), runs=check_runs([0, 1200], 30, 40), crowd=True)
    found = taken(triangle, crowd)
    assert found.boxes == (Box("cat", 5, 5, 15, 25),) and found.skipped == ("It is a crowd, not one object.",)
    found = taken(triangle, crowd, RawObject("cat", (30, 20, 50, 50)), as_areas=True)
    assert [area.crowd for area in found.areas] == [False, True, False]
    assert found.areas[2].polygons == (rectangle((30, 20, 40, 30)),)
    # An area that cannot be taken still has its box.
    broken = RawObject("cat", (1, 1, 5, 5), refusal="Its run lengths do not fit its size.")
    assert len(taken(broken).boxes) == 1 and taken(broken, as_areas=True).skipped == (broken.refusal,)


@given(st.lists(st.tuples(st.sampled_from(["cat", "dog", ""]), EDGES), max_size=20), st.booleans())
def test_all_that_was_sent_is_taken_or_refused(objects: list[tuple[str, Edges]], as_areas: bool) -> None:
    found = taken(*(RawObject(*one) for one in objects), as_areas=as_areas)
    assert len(objects) == len(found.boxes) + len(found.areas) + len(found.skipped)
    for box in found.boxes:
        assert 0 <= box.left < box.right <= 40 and 0 <= box.top < box.bottom <= 30


def test_annotations_follow_a_picture_that_was_scaled() -> None:
    half = fit(taken(RawObject("cat", (10, 10, 20, 30))), 20, 15)
    assert half.boxes == (Box("cat", 5, 5, 10, 15),) and (half.width, half.height) == (20, 15)
    assert fit(taken(RawObject("cat", (10, 10, 20, 30))), 13, 10).boxes[0].right == 6.5  # 40 × 30, rounded
    for width, height in ((30, 40), (40, 40), (400, 30)):
        with pytest.raises(PictureError, match=f"is for 40 × 30 pixels; the picture has {width} × {height}"):
            fit(taken(RawObject("cat", (10, 10, 20, 30))), width, height)


def test_annotations_without_a_size_are_cut_at_the_picture() -> None:
    unknown = sheet(*(RawObject("cat", (x, 0, x + 20, 10)) for x in (0, 30, 70)), width=0, height=0)
    found = accept(unknown, "a.png", False)
    assert len(found.boxes) == 3
    fitted = fit(found, 40, 30)
    assert [box.right for box in fitted.boxes] == [20, 40]
    assert fitted.skipped == ("It lies outside the picture.",)


def test_shares_become_pixels() -> None:
    shares = accept(
        sheet(RawObject("cat", (0.25, -0.5, 0.5, 0.5)), is_relative=True, width=0), "a.png", False
    )
    fitted = fit(shares, 400, 300)
    assert fitted.boxes == (Box("cat", 100, 0, 200, 150),) and not fitted.is_relative
    assert fit(fitted, 400, 300) == fitted
    near = [RawObject("cat", (0.25, 0, 0.5, 0.5)), RawObject("cat", (0.250002, 0, 0.5, 0.5))]
    assert fit(accept(sheet(*near, is_relative=True), "a.png", False), 40, 30).skipped == (TWICE,)
    thirds = accept(sheet(RawObject("cat", (1 / 3, 0, 2 / 3, 1)), is_relative=True), "a.png", False)
    assert fit(thirds, 400, 300).boxes == (Box("cat", 133.333, 0, 266.667, 300),)
    thin = accept(sheet(RawObject("cat", (0.5, 0, 0.500001, 1)), is_relative=True), "a.png", False)
    assert fit(thin, 40, 30).skipped == ("It is empty: its width or height is not above zero.",)
