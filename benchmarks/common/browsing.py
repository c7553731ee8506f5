"""Chromium of a benchmark: as people have it, or under `--quick` that of the tests, where pages cost less."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from playwright.sync_api import Page, ViewportSize, sync_playwright

from tests.fixtures.browser import CHEAP, chromium, keep_process

VIEW: ViewportSize = {"width": 1280, "height": 720}


def flags(is_quick: bool) -> list[str]:
    """How Chromium is started."""
    return CHEAP if is_quick else ["--no-sandbox"]


@contextlib.contextmanager
def browsing(is_quick: bool, view: ViewportSize = VIEW) -> Iterator[Callable[[], Page]]:
    """Open pages, each of somebody who has never been here; under `--quick` all belong to one window, which
    has the scripts of the app already.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=flags(is_quick))
        if is_quick:
            window = browser.new_context(viewport=view, reduced_motion="reduce")
            keep_process(window)
            yield window.new_page
        else:
            yield lambda: browser.new_page(viewport=view)
        browser.close()
