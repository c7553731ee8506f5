"""What the sessions of closed tabs held is given back, and open tabs keep theirs."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.fixtures.browser import DIRECT, Server
from tests.fixtures.pages import page_script

PAGE = page_script("sessions")


def wait_for(server: Server, count: int) -> None:
    """Wait until the server keeps so many sessions."""
    deadline = time.monotonic() + 20
    while int(DIRECT.open(f"{server.url}/count", timeout=5).read()) != count:
        assert time.monotonic() < deadline, f"never {count} sessions"
        time.sleep(0.1)


def test_a_closed_tab_leaves_nothing_and_an_open_one_keeps_its_own(
    serve: Callable[..., Server], window: BrowserContext
) -> None:
    server = serve(PAGE)
    first, second = window.new_page(), window.new_page()
    for page in (first, second):
        page.goto(server.url)
        expect(page.get_by_role("heading", level=1)).to_have_text("A page")
    second.get_by_label("Some text").fill("mine")
    second.get_by_label("Some text").press("Enter")
    expect(second.get_by_test_id("stCode")).to_have_text("mine")
    first.close()
    wait_for(server, 1)
    second.get_by_label("Some text").fill("still mine")
    second.get_by_label("Some text").press("Enter")
    expect(second.get_by_test_id("stCode")).to_have_text("still mine")
    made = server.home / "made.txt"
    assert made.read_text() == "x", "kept while somebody is there"
    second.close()
    wait_for(server, 0)
    third = window.new_page()
    third.goto(server.url)
    expect(third.get_by_role("heading", level=1)).to_have_text("A page")
    assert made.read_text() == "xx", "made anew for the next visitor"
    third.close()
    assert "Traceback" not in server.log.read_text()
