"""A workspace that cannot be written: what is there is shown, and what must write says the one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from pages.components.evaluate import sections as evaluate_sections
from pages.components.shared.answers import predictors
from tests.fixtures.browser import Server
from tests.fixtures.image_workspace import Furnished
from tests.fixtures.permissions import WITHOUT, allow_writing, forbid_writing, obeyed
from tests.journey.conftest import at_rest
from tests.pages.conftest import Open, words
from tlcore.runs import run_records

PAGES = ("home", "data", "model", "train", "evaluate", "predict", "export", "compare")
SENTENCE = "The workspace cannot be written"
wake = predictors.wake  # what pages call in other tests is `woken`
REMEDY = r"Set GRAFT\_HOME to a folder you may write"


def says(at: AppTest) -> bool:
    assert not at.exception, at.exception
    return any(SENTENCE in error.value and REMEDY in error.value for error in at.error)


@pytest.fixture
def locked(
    furnished: Furnished, tmp_path: Path, empty: Open, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Furnished]:
    """The furnished workspace, which nobody may write."""
    monkeypatch.setattr(predictors, "wake", wake)
    own = furnished.copy(tmp_path / "workspace")
    (own.home / "cache" / "predict.log").touch()  # of the answers before
    forbid_writing(own.home)
    with obeyed():
        with pytest.raises(PermissionError):
            (own.home / "runs" / "x").mkdir()
        yield own
    allow_writing(own.home)


@pytest.mark.parametrize("place", ["a file", "below a file", "locked"])
@pytest.mark.parametrize("page", PAGES)
def test_where_there_can_be_none_every_page_says_so(
    tmp_path: Path, empty: Open, monkeypatch: pytest.MonkeyPatch, page: str, place: str
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "locked").mkdir(0o555)
    home = {"a file": "file", "below a file": "file/home", "locked": "locked/home"}[place]
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / home))
    with obeyed():
        at = empty(page)
        assert says(at) and at.title[0].value


@pytest.mark.parametrize("page", PAGES)
def test_what_is_there_is_shown(locked: Furnished, empty: Open, page: str) -> None:
    run = locked.run
    sections = evaluate_sections.SECTIONS if page == "evaluate" else [""]
    for section in sections:
        at = empty(page, run=run.id, section=section)
        assert not at.exception and [error.value for error in at.error] == [], section
    shown = {"home": "Recent runs", "predict": "Its classes: ", "train": "Ready"}
    assert shown.get(page, "") in words(at) + "".join(badge.proto.body for badge in at.get("badge"))
    assert page not in ("data", "model", "train", "evaluate", "predict") or at.selectbox


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click().run()
    return at


def test_what_must_write_says_the_sentence_beside_it(locked: Furnished, empty: Open) -> None:
    run, data = locked.run, locked.dataset
    assert says(press(empty("data"), "Sample pictures"))
    assert says(press(empty("model"), "Train"))
    for page, key in (("data", f"delete_{data.id}"), ("train", f"delete_{run.id}")):
        at = empty(page, run=run.id)
        at.button(key=key).click().run()
        at.button(key=key).click()
        at.button(key=f"{key}_for_sure").click().run()
        assert says(at)
    at = empty("compare", runs=run.id)
    at.button(key="compare_star").click().run()
    assert says(at)
    at = empty("data")
    at.session_state["disk"] = True
    assert not at.run().exception
    assert run.has_model and data.is_ready and not run_records.read_notes(run.folder).starred


def test_in_the_browser_no_page_shows_a_box(furnished: Furnished, tmp_path: Path, browser_page: Page) -> None:
    own = furnished.copy(tmp_path / "workspace")
    forbid_writing(own.home)
    server = Server(own.home, env={"HOME": str(tmp_path)}, before=WITHOUT).start()
    try:
        browser_page.goto(server.url)
        for page in ("train", "evaluate", "predict", "data"):  # those that write in the background
            browser_page.get_by_test_id("stTopNavLink").filter(has_text=page.title()).click()
            expect(browser_page).to_have_title(f"{page.title()} · Graft")
            expect(browser_page.get_by_role("heading", level=1)).to_be_visible()
            at_rest(browser_page)
            expect(browser_page.get_by_text(SENTENCE)).to_have_count(0)
        expect(browser_page.get_by_role("listbox", name="pictures")).to_be_visible()  # the page is all there
        browser_page.get_by_text("Bring data", exact=True).click()
        browser_page.get_by_role("button", name="Sample texts").click()
        expect(browser_page.get_by_text(SENTENCE)).to_be_visible()
        # Nobody meets this one but the last net: a folder that may not even be looked into.
        (own.home / "runs").chmod(0)
        browser_page.goto(f"{server.url}/train")
        expect(browser_page.get_by_text(SENTENCE)).to_be_visible()
        expect(browser_page.get_by_test_id("stException")).to_have_count(0)
    finally:
        server.stop()
        allow_writing(own.home)
