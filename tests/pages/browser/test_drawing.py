"""The drawing board in the browser: by pointer and by keyboard, what is drawn is what is kept."""

from __future__ import annotations

import re
import shutil

from playwright.sync_api import Page, expect

from tests.fixtures.accessibility import grave_violations
from tests.fixtures.board import CAT, HEIGHT, WIDTH, boxes, undrawn
from tests.fixtures.browser import LEAVE, Server
from tests.fixtures.pages import page_script
from tlcore.data.annotations.class_maps import read_class_map
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Box

PAGE = page_script("drawing")


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one place to another, in pixels of the picture."""
    box = page.locator(".stage").bounding_box()
    assert box is not None
    places = [
        (box["x"] + x * box["width"] / WIDTH, box["y"] + y * box["height"] / HEIGHT) for x, y in (start, end)
    ]
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=3)
    page.mouse.up()


def near(found: Box, label: str, *edges: float) -> bool:
    at = (found.left, found.top, found.right, found.bottom)
    return found.label == label and all(abs(one - other) < 0.5 for one, other in zip(at, edges, strict=True))


def test_draw_pull_move_rename_delete_and_save(server: Server, browser_page: Page) -> None:
    dataset, page = undrawn(server.home / "datasets" / "pets"), browser_page
    page.goto(server.url)
    page.get_by_role("button", name="Draw").click()
    _draw(page, dataset)
    _move_by_keyboard(page, dataset)
    pulled = _pull(page, dataset)
    _undo(page, dataset, pulled)
    page.get_by_role("button", name="Show cat").click()
    expect(page.locator("svg .shape")).to_have_count(0)
    page.get_by_role("button", name="All pictures").click()
    expect(page.get_by_role("button", name="Draw")).to_be_visible()


def _draw(page: Page, dataset: Dataset) -> None:
    """Two boxes, one of them over the edges, and a class that is typed."""
    expect(page.locator(".place")).to_have_text("1 of 4")
    assert page.evaluate(LEAVE)
    drag(page, (100, 60), (70, 20))  # towards the corner where a box begins
    assert not page.evaluate(LEAVE)
    expect(page.get_by_role("button", name="1 cat 1")).to_be_visible()
    assert grave_violations(page) == []
    page.get_by_placeholder("New class").fill("<b>dog")
    page.keyboard.press("Enter")
    expect(page.locator(".chips")).to_contain_text("<b>dog1")  # it was selected
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    drag(page, (30, 30), (-50, 500))  # over the edges
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_have_text("2 boxes on “0.png” drawn.")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    assert page.evaluate(LEAVE)
    dog, cat = boxes(dataset)["0.png"] or ()
    assert near(dog, "<b>dog", 70, 20, 100, 60) and near(cat, "cat", 0, 30, 30, 80)


def _move_by_keyboard(page: Page, dataset: Dataset) -> None:
    """The last box; then the next picture without any."""
    page.keyboard.press("Shift+Tab")  # the last one
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("n")
    expect(page.locator(".place")).to_have_text("3 of 4")
    assert near((boxes(dataset)["0.png"] or ())[1], "cat", 1, 30, 31, 79)
    assert boxes(dataset)["2.png"] is None


def _pull(page: Page, dataset: Dataset) -> Box:
    """A box by its corner and by itself; its class by a key."""
    page.keyboard.press("PageUp")
    expect(page.locator(".place")).to_have_text("2 of 4")
    drag(page, (25, 25), (25, 25))  # a click
    expect(page.locator(".hint")).to_contain_text("cat: 30 × 30 pixels")
    drag(page, (40, 40), (60, 70))  # its corner
    drag(page, (20, 20), (30, 15))  # itself
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_have_text(re.compile("One box on “1.png” changed."))
    (pulled,) = boxes(dataset)["1.png"] or ()
    assert near(pulled, "<b>dog", 20, 5, 70, 65)
    return pulled


def _undo(page: Page, dataset: Dataset, pulled: Box) -> None:
    """What was not saved, then what was, and again."""
    chips = page.locator(".chips")
    page.keyboard.press("Tab")
    page.keyboard.press("Delete")
    expect(chips).not_to_contain_text("<b>dog1")
    page.keyboard.press("Control+z")
    expect(chips).to_contain_text("<b>dog1")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    page.keyboard.press("Control+z")  # and what was saved
    expect(page.get_by_role("button", name="1 cat 1")).to_be_visible()
    assert boxes(dataset)["1.png"] == (CAT,)
    page.keyboard.press("Control+z")  # there is no more to undo: Python is asked for nothing
    assert "busy" not in (page.locator(".drawing").get_attribute("class") or "")
    page.keyboard.press("Control+y")
    expect(page.get_by_role("button", name="2 <b>dog 1")).to_be_visible()
    assert boxes(dataset)["1.png"] == (pulled,)
    page.keyboard.press("Control+z")
    expect(page.get_by_role("button", name="1 cat 1")).to_be_visible()


def test_areas_are_drawn_corner_by_corner_or_in_one_go(server: Server, browser_page: Page) -> None:
    shutil.rmtree(server.home / "datasets", ignore_errors=True)
    dataset, page = undrawn(server.home / "datasets" / "pets", "segmentation", drawn=False), browser_page
    page.goto(server.url)
    page.get_by_role("button", name="Draw").click()
    page.get_by_placeholder("New class").fill("cat")
    page.keyboard.press("Enter")
    for corner in ((10, 10), (50, 10), (50, 50)):
        drag(page, corner, corner)
    expect(page.locator(".hint")).to_contain_text("Click the next corner")
    page.keyboard.press("Enter")  # closes it
    drag(page, (70, 20), (110, 60))  # a line, which is no area
    expect(page.get_by_role("button", name="2 cat 1")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_have_text("Areas on “0.png” drawn.")
    expect(page.locator("img.veil")).to_have_count(1)
    (example,) = dataset.read().examples
    found = read_class_map(dataset.file(example.mask))
    assert found[20, 45] == 1 and found[45, 20] == 0 and abs(int((found == 1).sum()) - 800) < 60
    page.get_by_role("button", name="Show cat").click()
    expect(page.locator("img.veil")).to_be_hidden()
