from __future__ import annotations

import math
from array import array

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pycocotools import mask as coco_mask

from tlcore.data.annotations import areas
from tlcore.data.annotations.annotation import Annotation, Area, RawObject
from tlcore.data.annotations.areas import around, check_runs, counts_in, draw, edges_of, outline, rectangle
from tlcore.errors import PictureError

HEIGHT, WIDTH = 24, 32
POINTS = st.lists(st.tuples(st.floats(-40, 60), st.floats(-40, 60)), min_size=3, max_size=12)
PIXELS = arrays.arrays(bool, arrays.array_shapes(min_dims=2, max_dims=2, max_side=12))


def drawn(
    *areas: Area, scale: tuple[float, float] = (1, 1), size: tuple[int, int] = (WIDTH, HEIGHT)
) -> np.ndarray:
    return draw(Annotation("a.png", "a.json", areas=areas), {"cat": 1, "dog": 2}, scale, size)


def column_counts(pixels: np.ndarray) -> list[int]:
    """COCO's run lengths of a mask, counted one by one."""
    counts, inside = [0], False
    for pixel in pixels.T.ravel():
        if bool(pixel) != inside:
            counts.append(0)
            inside = bool(pixel)
        counts[-1] += 1
    return counts


@given(POINTS)
def test_a_pixel_is_inside_if_its_middle_is(points: list[tuple[float, float]]) -> None:
    pixels = drawn(Area("cat", (outline([number for point in points for number in point]),)))
    for y in range(HEIGHT):
        for x in range(0, WIDTH, 3):
            at = [
                x0 + (y + 0.5 - y0) * (x1 - x0) / (y1 - y0)
                for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]], strict=True)
                if (y0 <= y + 0.5) != (y1 <= y + 0.5)
            ]
            if min((abs(one - x - 0.5) for one in at), default=1) > 1e-6 and not _on_row(points, y):
                assert pixels[y, x] == sum(one < x + 0.5 for one in at) % 2


def _on_row(points: list[tuple[float, float]], y: int) -> bool:
    return any(abs(corner - y - 0.5) < 1e-6 for _, corner in points)


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_outlines_are_what_pycocotools_draws_but_for_their_edge(seed: int) -> None:
    random = np.random.default_rng(seed)
    angles, radii = np.sort(random.uniform(0, 2 * math.pi, 12)), random.uniform(4, 28, 12)
    points = np.stack((32 + radii * np.cos(angles), 30 + radii * np.sin(angles)), axis=1).ravel().tolist()
    ours = drawn(Area("cat", (outline(points),)), size=(64, 60))
    theirs = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects([points], 60, 64)))
    different = ours != theirs
    core = theirs.astype(bool)
    for axis in (0, 1):
        core = core & np.roll(core, 1, axis) & np.roll(core, -1, axis)
    assert (ours[core] == 0).sum() <= 1 and different.mean() < 0.05  # of 10,000 outlines 59 differ in one


def test_long_outlines_are_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    corners = np.random.default_rng(0).uniform(0, 300, 600).tolist()
    area = Area("cat", (outline(corners),))
    whole = drawn(area, size=(300, 300))
    monkeypatch.setattr(areas, "_CROSSINGS", 7)
    assert (drawn(area, size=(300, 300)) == whole).all() and 0.2 < whole.mean() < 0.8


def test_neighbours_share_no_pixel_and_leave_none_out() -> None:
    left = Area("cat", (rectangle((0, 0, 15.3, HEIGHT)),))
    right = Area("dog", (rectangle((15.3, 0, WIDTH, HEIGHT)),))
    assert (drawn(left, right) == drawn(right, left)).all() and (drawn(left, right) > 0).all()
    assert (drawn(left, right)[:, :15] == 1).all() and (drawn(left, right)[:, 15:] == 2).all()


def test_holes_order_crowds_scale_and_unknown_classes() -> None:
    ring = Area("cat", (rectangle((2, 2, 12, 12)), rectangle((5, 5, 8, 8))))
    pixels = drawn(ring)
    assert pixels[3, 3] == 1 and pixels[6, 6] == 0 and pixels.sum() == 100 - 9
    assert drawn(ring, Area("dog", (rectangle((0, 0, 4, 4)),)))[3, 3] == 2
    assert drawn(ring, Area("dog", (rectangle((0, 0, 4, 4)),), crowd=True))[3, 3] == 255
    assert drawn(Area("fox", (rectangle((0, 0, 4, 4)),)))[3, 3] == 255
    assert drawn(ring, scale=(2, 1))[3].tolist()[:6] == [0, 0, 0, 0, 1, 1]
    far = Area("cat", (array("d", (-1e300, -1e300, 1e300, -1e300, 1e300, 1e300, -1e300, 1e300)),))
    with np.errstate(all="raise"):
        assert (drawn(far) == 1).all() and (drawn(far, scale=(1e4, 1e4)) == 1).all()


@given(PIXELS)
def test_run_lengths_in_all_three_forms(pixels: np.ndarray) -> None:
    height, width = pixels.shape
    packed = coco_mask.encode(np.asfortranarray(pixels.astype(np.uint8)))
    counts = counts_in(packed["counts"].decode())
    assert [count for count in counts if count] == [count for count in column_counts(pixels) if count]
    by_columns = check_runs(counts, height, width)
    by_rows = check_runs(column_counts(pixels.T), height, width, by_rows=True)
    for runs in (by_columns, by_rows):
        assert (drawn(Area("cat", runs=runs), size=(width, height)) == pixels).all()
        found = edges_of(RawObject("cat", runs=runs), as_areas=False)
        left, top, across, down = coco_mask.toBbox(packed).tolist() if pixels.any() else (0, 0, 0, 0)
        assert found == (left, top, left + across, top + down)


def test_run_lengths_of_a_part_are_cut_at_the_edges() -> None:
    whole = [0, 16]
    for left, top in ((-2, -1), (30, 22), (28, -3), (100, 100), (-100, 5)):
        pixels = drawn(Area("cat", runs=check_runs(whole, 4, 4, left, top, by_rows=True)))
        rows, columns = np.nonzero(pixels)
        assert {*rows.tolist()} == {y for y in range(top, top + 4) if 0 <= y < HEIGHT and len(columns)}
        assert {*columns.tolist()} == {x for x in range(left, left + 4) if 0 <= x < WIDTH and len(rows)}


@pytest.mark.parametrize(
    ("counts", "height", "width"),
    [
        ([5], 2, 2),
        ([3], 2, 2),
        ([], 2, 2),
        ([-1, 5], 2, 2),
        ([4], 0, 4),
        ([4], -2, -2),
        ([10**18], 10**9, 10**9),
    ],
)
def test_run_lengths_that_do_not_fill_their_rectangle(counts: list[int], height: int, width: int) -> None:
    with pytest.raises(ValueError, match="Its run lengths do not fit its size"):
        check_runs(counts, height, width)


@given(st.text(max_size=40) | st.text(st.sampled_from([chr(code) for code in range(48, 112)]), max_size=60))
def test_any_text_gives_counts_or_one_error(text: str) -> None:
    try:
        check_runs(counts_in(text), 10, 10)
    except ValueError as error:
        assert str(error) == "Its run lengths do not fit its size."


def test_outlines_have_a_bounded_number_of_corners() -> None:
    assert len(outline([0.0] * 100_000)) == 100_000
    for count, reason in (
        (100_002, "more than 50,000 corners"),
        (4, "fewer than three"),
        (7, "half a corner"),
    ):
        with pytest.raises(ValueError, match=reason):
            outline([0.0] * count)
    assert all(map(math.isnan, around([0, 1, math.nan, 3, 5, 6])))
    assert edges_of(RawObject("cat"), as_areas=True) is None


def test_there_is_an_end_to_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    box, runs = rectangle((0, 0, WIDTH, HEIGHT)), check_runs([0, 33 * 24], 24, 33)
    crossed = 34 * 24 + areas._CROSSING * 2 * 24
    for area, work in ((Area("cat", (box,)), crossed), (Area("cat", runs=runs), 33 * 24)):
        monkeypatch.setattr(areas, "MOST_DRAWN", 3 * work)
        assert drawn(*[area] * 3).all()
        with pytest.raises(PictureError, match="take too long to draw"):
            drawn(*[area] * 4)


def test_a_long_zigzag_is_refused_before_it_is_drawn() -> None:
    zigzag = np.stack([np.arange(50_000) % 7000, np.arange(50_000) % 2 * 7000], axis=1)
    with pytest.raises(PictureError, match="take too long to draw"):
        drawn(Area("cat", (outline(zigzag.ravel().tolist()),)), size=(7000, 7000))
