"""A presentation before a room: the space bar alone goes from the idea to the score, and all is as before."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from pages.components.presentation.scenes import SCENES
from tests.fixtures.browser import Server
from tests.journey.conftest import LONG, at_rest, no_failure
from tlcore.data.dataset import datasets
from tlcore.runs.run import runs
from tlcore.workspace.trash import trash_items


def test_the_space_bar_goes_through_it_and_one_click_puts_everything_back(
    open_app: Callable[[], Server], browser_page: Page
) -> None:
    server, page = open_app(), browser_page
    page.goto(server.url)
    page.get_by_role("button", name="Show it to a room").click()
    _is_at(page, 0)
    expect(page.get_by_test_id("stTopNavLink")).to_have_count(0)
    for number in range(1, 4):
        _go_on(page, number)
    page.keyboard.press("ArrowLeft")
    _is_at(page, 2)
    page.reload()
    _is_at(page, 2)
    for number in range(3, 6):  # what has begun to learn is not begun again
        _go_on(page, number)
    page.keyboard.press("4")
    # The short network may err; that the person does not, is known.
    score = page.get_by_role("heading", name=re.compile("^You 1 · Model [01] of 1$"))
    expect(score).to_be_visible(timeout=LONG)
    for number in range(6, len(SCENES)):
        _go_on(page, number)
    assert len(datasets(server.home / "datasets")) == len(runs(server.home / "runs")) == 1
    page.get_by_role("button", name="Put everything back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Teach a network your own classes")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    expect(page.get_by_test_id("stTopNavLink")).to_have_count(8)
    assert not datasets(server.home / "datasets") and not runs(server.home / "runs")
    assert len(trash_items(server.home)) == 2
    no_failure(page)


def _go_on(page: Page, number: int) -> None:
    """To the next scene, once what it waits for is there."""
    at_rest(page)  # else it may be the button of the scene before, whose title has gone already
    expect(page.locator(".st-key-next_scene button")).to_be_enabled(timeout=LONG)
    page.keyboard.press("Space")
    _is_at(page, number)


def _is_at(page: Page, number: int) -> None:
    expect(page.get_by_role("heading", level=1).first).to_have_text(SCENES[number].title, timeout=LONG)
    no_failure(page)
