"""Every page, in light and dark, as axe-core sees it: nothing serious."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.fixtures.accessibility import grave_violations
from tests.journey.conftest import SharedApp, at_rest

PAGES = ("", "data", "model", "train", "evaluate", "predict", "compare")


@pytest.mark.parametrize("shade", ["light", "dark"])
def test_nothing_serious_on_any_page(shared_app: SharedApp, browser: Browser, shade: str) -> None:
    context = browser.new_context(
        viewport={"width": 1280, "height": 720}, color_scheme=shade, reduced_motion="reduce"
    )
    page = context.new_page()
    found = {}
    for name in PAGES:
        page.goto(f"{shared_app.url}/{name}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        at_rest(page)
        expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
        if violations := grave_violations(page):
            found[name] = violations
    context.close()
    assert found == {}
