"""The network as a picture in the browser: the cut moves, the numbers beside it follow, nothing jumps."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.journey.conftest import SharedApp, at_rest, metric, no_failure

NUMBERS = ("Trainable parameters", "Memory", "Epoch of fine-tuning", "Disk")
BLOCKS = 17  # of EfficientNet-Lite0; the head is one bar more


def test_moving_the_cut_and_training_by_phone(shared_app: SharedApp, browser_page: Page) -> None:
    page = browser_page
    page.goto(f"{shared_app.url}/model")
    slider = page.get_by_role("slider", name="Blocks unfrozen")
    picture = page.locator("[class*=st-key-network_] canvas").first
    expect(picture).to_be_visible()
    frozen = _numbers(page)
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    _cut_is_at(page, 2)
    some = _numbers(page)
    assert all(some[name] != frozen[name] for name in NUMBERS), (frozen, some)
    expect(page.get_by_text("How the unfrozen blocks train")).to_be_visible()

    place = picture.bounding_box()
    _point_at(page, picture, BLOCKS - 1)
    expect(page.get_by_text("Block 17 of 17")).to_be_visible()
    expect(page.get_by_text("gives 7 × 7 × 1,280 numbers")).to_be_visible()
    _point_at(page, picture, BLOCKS)
    expect(page.get_by_text("The new head", exact=True)).to_be_visible()

    _click(page, picture, BLOCKS)
    _cut_is_at(page, 0)
    assert _numbers(page) == frozen
    _click(page, picture, 10)
    _cut_is_at(page, 7)
    slider.press("ArrowRight")
    _cut_is_at(page, 8)
    _click(page, picture, 10)  # again: to the browser it is taken back, to the person it means the same
    _cut_is_at(page, 7)
    _click(page, picture, 0)
    _cut_is_at(page, 17)
    expect(page.get_by_role("switch", name="Pretrained weights")).to_be_attached()
    assert picture.bounding_box() == place
    slider.press("Home")
    _cut_is_at(page, 0)
    _fits_a_phone(page)
    no_failure(page)


def _fits_a_phone(page: Page) -> None:
    """The train button stays in view, and nothing is wider than the screen."""
    page.set_viewport_size({"width": 390, "height": 844})
    train = page.get_by_role("button", name="Train", exact=True)
    page.get_by_role("heading", level=1).scroll_into_view_if_needed()
    expect(train).to_be_in_viewport()
    page.get_by_role("slider", name="Blocks unfrozen").scroll_into_view_if_needed()
    expect(train).to_be_in_viewport()
    wide = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(wide)


def _numbers(page: Page) -> dict[str, str]:
    return {name: metric(page, name).inner_text() for name in NUMBERS}


def _cut_is_at(page: Page, trained: int) -> None:
    """Wait until the page has settled on that many trained blocks."""
    slider = page.get_by_role("slider", name="Blocks unfrozen")
    expect(slider).to_have_value(str(trained))
    expect(page.get_by_text(f"{BLOCKS - trained} of {BLOCKS} blocks frozen")).to_be_visible()
    at_rest(page)


def _point_at(page: Page, picture: Locator, bar: int) -> None:
    """Move the pointer onto a bar, near its foot: the smallest are not tall."""
    box = picture.bounding_box()
    assert box is not None
    inner = box["width"] - 8  # the grid's margins
    page.mouse.move(box["x"] + 4 + (bar + 0.5) / (BLOCKS + 1) * inner, box["y"] + box["height"] - 29)


def _click(page: Page, picture: Locator, bar: int) -> None:
    _point_at(page, picture, bar)
    page.mouse.down()
    page.mouse.up()
