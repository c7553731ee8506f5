"""The brush: what is painted in the browser is what Python draws, by pointer and by keyboard."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from pages.components.browser.brush.brush import GREY, Mark, _marks, cover_picture, tile_grid
from tests.fixtures.browser import Server
from tests.fixtures.pages import page_script

PAGE = page_script("brush")
WILD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["of", "marks", "points"]), inner),
)


def grey(picture: Image.Image) -> np.ndarray:
    return (np.asarray(picture) == GREY).all(axis=2)


def test_a_line_covers_what_is_near_it_and_nothing_else() -> None:
    picture = Image.new("RGB", (200, 100), "teal")
    found = grey(cover_picture(picture, (Mark(points=((0.25, 0.5), (0.75, 0.5)), radius=0.1),)))
    assert not grey(picture).any()  # the picture itself stays
    assert found[31:70, 50:150].all() and found[50, 31] and found[50, 169]
    assert not found[:28].any() and not found[73:].any() and not found[:, :28].any()


def test_a_dot_is_round() -> None:
    dot = grey(cover_picture(Image.new("RGB", (100, 100)), (Mark(points=((0.5, 0.5),), radius=0.2),)))
    assert abs(dot.sum() - np.pi * 20**2) < 80
    assert not dot[31, 31] and dot[50, 31]


def test_tiles_cover_their_field_and_free_it_again() -> None:
    picture = Image.new("RGB", (300, 150), "teal")
    assert tile_grid(picture.size) == (6, 3)
    found = grey(cover_picture(picture, (Mark(tile=0), Mark(tile=7), Mark(tile=0))))
    assert found[50:100, 50:100].all() and found.sum() == 2500
    whole = grey(cover_picture(picture, tuple(Mark(tile=tile) for tile in range(18))))
    assert whole.all()


@given(st.integers(1, 3000), st.integers(1, 3000))
def test_tiles_cover_any_shape(width: int, height: int) -> None:
    columns, rows = tile_grid((width, height))
    assert 1 <= columns <= 6 and 1 <= rows <= 6


@given(WILD)
def test_what_no_brush_says_is_no_mark(said: Any) -> None:
    assert _marks(said, "picture") == () or isinstance(said, dict)


def test_marks_of_another_picture_are_not_of_this_one() -> None:
    said = {"of": "one", "marks": [{"tile": 3}, {"points": [[0, 1], [0.5, 0.5]], "radius": 0.06}]}
    assert _marks(said, "one") == (Mark(tile=3), Mark(points=((0, 1), (0.5, 0.5)), radius=0.06))
    assert _marks(said, "other") == () == _marks(said | {"marks": [{"points": [[0, 2]]}]}, "one")


def heard(page: Page) -> list[dict[str, Any]]:
    return list(json.loads(page.get_by_test_id("stCode").inner_text()))


def drag(page: Page, canvas: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one place to another, in shares of the picture."""
    box = canvas.bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=5)
    page.mouse.up()


def shown(page: Page, x: float, y: float) -> list[int]:
    """The colour that the canvas has there, and how much of it."""
    script = """(canvas, [x, y]) => {
      const at = [Math.floor(x * canvas.width), Math.floor(y * canvas.height)];
      return [...canvas.getContext("2d").getImageData(...at, 1, 1).data];
    }"""
    return list(page.locator(".st-key-brush canvas").evaluate(script, [x, y]))


def test_painting_undoing_and_tiles(server: Server, browser_page: Page) -> None:
    page = browser_page
    page.goto(server.url)
    canvas = page.locator(".st-key-brush canvas")
    expect(canvas).to_have_attribute("width", "300")
    drag(page, canvas, (0.2, 0.5), (0.6, 0.5))
    code = page.get_by_test_id("stCode")
    expect(code).to_contain_text("0.06")
    (line,) = heard(page)
    assert abs(line["points"][0][0] - 0.2) < 0.01 and abs(line["points"][-1][0] - 0.6) < 0.01
    assert shown(page, 0.4, 0.5) == [*GREY, 255] and shown(page, 0.9, 0.9)[3] == 0
    page.get_by_role("button", name="Choose tiles instead").click()
    page.get_by_role("button", name="Row 1, column 1").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(code).to_contain_text('"tile": 7')
    expect(page.get_by_role("button", name="Row 2, column 2")).to_have_attribute("aria-pressed", "true")
    assert shown(page, 1.5 / 6, 0.5) == [*GREY, 255]
    page.get_by_role("button", name="Undo").click()
    expect(code).not_to_contain_text('"tile": 7')
    page.get_by_role("button", name="Clear").click()
    expect(code).to_have_text("[]")
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    page.get_by_role("button", name="Choose tiles instead").click()  # painting again
    _another_picture_is_not_covered(page, canvas)


def _another_picture_is_not_covered(page: Page, canvas: Locator) -> None:
    code = page.get_by_test_id("stCode")
    drag(page, canvas, (0.2, 0.5), (0.6, 0.5))
    expect(code).to_contain_text("0.06")
    page.get_by_text("maroon", exact=True).click()
    expect(code).to_have_text("[]")
    assert shown(page, 0.4, 0.5)[3] == 0
