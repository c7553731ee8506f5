"""Every page, in light and dark: nothing serious for axe-core, nothing that the security policy forbids."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.accessibility import grave_violations
from tests.journey.conftest import SharedApp, at_rest, no_failure, open_popover

POPOVERS = {"data": "Filter and sort", "predict": "Help"}
PAGES = ("", "data", "model", "train", "evaluate", "predict", "export", "compare")


@pytest.mark.parametrize(("shade", "then"), [("light", "dark"), ("dark", "light")])
def test_nothing_serious_on_any_page(
    shared_app: SharedApp, browser_page: Page, shade: str, then: str
) -> None:
    """The fixture of the page fails on what its policy has refused, when it changes its shade, too."""
    page, found = browser_page, {}
    for name in PAGES:
        page.emulate_media(color_scheme=shade)
        page.goto(f"{shared_app.url}/{name}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        at_rest(page)
        expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
        no_failure(page)
        if violations := grave_violations(page):
            found[name] = violations
        if name in POPOVERS:
            open_popover(page, POPOVERS[name])
            if violations := grave_violations(page):
                found[POPOVERS[name]] = violations
        page.emulate_media(color_scheme=then)
        expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", then)
        at_rest(page)
    assert found == {}
