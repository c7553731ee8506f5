"""Drawing over pictures, and cutting out of them."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pages.components.shared.viewers import overlay
from pages.components.shared.viewers.overlay import cropped

EDGE = st.floats(-0.5, 1.5)


def encoded(size: tuple[int, int], left: str = "red", right: str = "blue") -> bytes:
    picture = Image.new("RGB", size, right)
    picture.paste(left, (0, 0, size[0] // 2, size[1]))
    content = io.BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()


def test_a_crop_shows_the_box_and_something_around_it() -> None:
    with Image.open(io.BytesIO(cropped(encoded((200, 100)), (0.1, 0.2, 0.3, 0.6)))) as picture:
        assert picture.size == (60, 60)  # 40 pixels and a quarter of them at each side
        assert picture.convert("RGB").getpixel((30, 30)) == pytest.approx((254, 0, 0), abs=3)


@given(EDGE, EDGE, EDGE, EDGE)
def test_any_box_can_be_cut_out(left: float, top: float, right: float, bottom: float) -> None:
    with Image.open(io.BytesIO(cropped(encoded((40, 30)), (left, top, right, bottom)))) as picture:
        assert 1 <= picture.width <= 40 and 1 <= picture.height <= 30


BOX = st.tuples(*[st.floats(0, 1)] * 4)


@given(st.lists(BOX, max_size=30), st.text(max_size=8))
def test_captions_never_cover_each_other(boxes: list[tuple[float, ...]], name: str) -> None:
    picture = Image.new("RGB", (120, 90))
    taken: list[tuple[float, float, float, float]] = []
    for left, top, right, bottom in boxes:
        box = left * 120, top * 90, right * 120, bottom * 90
        overlay._caption(
            picture, box, overlay.DrawnBox((left, top, right, bottom), 0, f"{name} 9%"), 11, taken
        )
    for at, one in enumerate(taken):
        assert one[1] >= 0 and one[3] <= 90
        assert not any(overlay._meet(one, other) for other in taken[:at])


def test_of_many_objects_on_one_place_the_last_has_its_caption(monkeypatch: pytest.MonkeyPatch) -> None:
    placed: list[str] = []
    write = overlay._caption

    def noted(image: Image.Image, box: Any, mark: overlay.DrawnBox, points: int, taken: list[Any]) -> None:
        before = len(taken)
        write(image, box, mark, points, taken)
        placed.extend([mark.caption] * (len(taken) - before))

    monkeypatch.setattr(overlay, "_caption", noted)
    marks = [overlay.DrawnBox((0.4, 0.4, 0.6, 0.6), 0, f"object {number}") for number in range(40)]
    overlay.with_boxes(encoded((200, 150)), marks)
    assert placed[0] == "object 39" and 1 < len(placed) < 10


def test_what_was_drawn_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, mark = encoded((60, 40)), overlay.DrawnBox((0.1, 0.1, 0.9, 0.9), 3, "once")
    areas = np.ones((4, 6), np.uint8)
    boxed, tinted = overlay.with_boxes(picture, [mark]), overlay.with_areas(picture, areas)
    for name in ("_draw_boxes", "_draw_areas"):
        monkeypatch.setattr(overlay, name, lambda *_: pytest.fail("drawn again"))
    assert (overlay.with_boxes(picture, [mark]), overlay.with_areas(picture, areas)) == (boxed, tinted)


def test_a_tall_picture_is_lowered() -> None:
    tall = overlay.lowered(encoded((300, 900)))
    with Image.open(io.BytesIO(tall)) as picture:
        assert picture.size == (round(300 * overlay.TALLEST / 900), overlay.TALLEST)
    assert overlay.width_of(tall) == "content"
    wide = encoded((400, 300))
    assert overlay.lowered(wide) == wide and overlay.width_of(wide) == "stretch"
