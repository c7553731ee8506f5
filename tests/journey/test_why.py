"""The why card in the browser: a person covers what an answer rests on, and sees the answer change."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from tests.fixtures.browser import Server
from tests.fixtures.image_workspace import Furnished
from tests.fixtures.pages import page_script
from tests.fixtures.patched_pictures import patched_picture
from tests.journey.conftest import LONG, at_rest, no_failure

PAGE = page_script("why")


def test_covering_what_it_rests_on(
    patched: Furnished, serve: Callable[..., Server], browser_page: Page, tmp_path: Path
) -> None:
    page = browser_page
    picture, box = patched_picture("blue patch", 3000)
    path = tmp_path / "picture.png"
    picture.save(path)
    own = patched.copy(tmp_path / "workspace")
    server = serve(PAGE, env=own.env)
    page.goto(f"{server.url}/?{urlencode({'run': own.run.folder, 'path': path})}")
    expect(page.get_by_text("blue patch")).to_be_visible(timeout=LONG)
    page.get_by_text("Why?").click()
    expect(page.get_by_alt_text(re.compile("Heatmap for blue patch"))).to_be_visible(timeout=LONG)
    expect(page.get_by_text("You have covered nothing yet")).to_be_visible()
    expect(page.get_by_text("Most alike in training")).to_be_visible()  # nothing moves the picture any more
    canvas = page.locator(".st-key-one_brush canvas")
    canvas.scroll_into_view_if_needed()
    page.locator(".st-key-one_brush select").select_option("Large")
    at_rest(page)
    place = canvas.bounding_box()
    assert place is not None
    left, top, right, bottom = (side / 128 for side in box)
    page.mouse.move(place["x"] + left * place["width"], place["y"] + top * place["height"])
    page.mouse.down()
    for row in (top, (top + bottom) / 2, bottom):  # to and fro over the patch
        for column in (left, right):
            page.mouse.move(place["x"] + column * place["width"], place["y"] + row * place["height"], steps=4)
    page.mouse.up()
    expect(page.get_by_text("Now it answers")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("Now it answers blue patch")).to_have_count(0)
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("You have covered nothing yet")).to_be_visible()
    no_failure(page)
