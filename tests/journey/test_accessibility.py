"""Every page, in light and dark: nothing serious for axe-core, nothing that the security policy forbids."""

from __future__ import annotations

import itertools

from playwright.sync_api import Page, expect

from tests.fixtures.accessibility import COLOURS, grave_violations
from tests.journey.conftest import SharedApp, at_rest, no_failure, open_popover, visit

POPOVERS = {"data": "Filter and sort", "predict": "Help"}
SHADES = (("light", "dark"), ("dark", "light"))
PAGES = ("", "data", "model", "train", "evaluate", "predict", "export", "compare")


def test_nothing_serious_on_any_page(shared_app: SharedApp, browser_page: Page) -> None:
    """Each page is opened in one shade, by turns, and changes to the other: only colours can be wrong there.

    The fixture of the page fails on what its policy has refused, when it changes its shade, too.
    """
    page, found = browser_page, {}
    page.goto(shared_app.url)
    for name, (shade, then) in zip(PAGES, itertools.cycle(SHADES), strict=False):
        page.emulate_media(color_scheme=shade)
        visit(page, name)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
        no_failure(page)
        _open_what_opens(page, name)
        found[name, shade] = grave_violations(page)
        page.emulate_media(color_scheme=then)
        expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", then)
        at_rest(page)
        _open_what_opens(page, name)
        found[name, then] = grave_violations(page, *COLOURS)
    assert {place: violations for place, violations in found.items() if violations} == {}


def _open_what_opens(page: Page, name: str) -> None:
    """What opens over a page is looked at together with what stays to be seen of it."""
    if name in POPOVERS:
        open_popover(page, POPOVERS[name])
