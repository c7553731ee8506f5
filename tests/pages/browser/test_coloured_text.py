"""Coloured words: what is for and what is against can be told without colour, and every text is only text."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from pages.components.browser.coloured_text.coloured_text import strengths
from tests.fixtures.browser import Server
from tests.fixtures.pages import page_script
from tests.fixtures.pages.coloured_text import PIECES

PAGE = page_script("coloured_text")


def test_strengths_are_beside_the_largest_change() -> None:
    assert [one["strength"] for one in strengths(PIECES)] == [1, -0.5, 0, 0]
    assert [one["strength"] for one in strengths([{"text": "a", "change": 0.0}])] == [0]
    assert strengths([]) == []


def test_every_text_is_only_text(server: Server, browser_page: Page) -> None:
    page = browser_page
    page.goto(server.url)
    text = page.locator(".st-key-coloured .text")
    whole = "".join(str(piece["text"]) for piece in PIECES) + " and the rest"
    expect(text).to_have_text(whole)
    assert text.evaluate("(box) => box.querySelectorAll(':not(span)').length") == 0
    lines = [
        text.locator("span").nth(at).evaluate("(piece) => getComputedStyle(piece).textDecorationStyle")
        for at in range(2)
    ]
    assert lines == ["solid", "dotted"]
    expect(text.locator("span").nth(2)).not_to_have_class("for")
