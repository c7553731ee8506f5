"""A model leaves Graft, at the browser: a file is made beside a refresh, proven and taken away."""

from __future__ import annotations

import zipfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.fixtures.served import Client
from tests.journey.conftest import LONG, SharedApp, no_failure


def test_a_file_is_made_proven_and_taken_away(
    shared_app: SharedApp, browser_page: Page, tmp_path: Path
) -> None:
    page, run = browser_page, shared_app.workspace.run
    page.goto(f"{shared_app.url}/train?run={run.id}")
    page.get_by_role("button", name="Export").click()
    row = page.locator(".st-key-format_litert")
    row.get_by_role("button", name="Make the file").click()
    expect(row.get_by_role("button", name="Stop")).to_be_visible()
    page.reload()
    tab = page.context.new_page()
    tab.goto(page.url)
    for one in (page, tab):
        proven = one.locator(".st-key-format_litert")
        expect(proven.get_by_text("12 of 12")).to_be_visible(timeout=LONG)
    tab.close()
    with page.expect_download() as taken:
        row.get_by_role("button", name="Download").click()
    with zipfile.ZipFile(taken.value.path()) as archive:
        assert archive.namelist() == ["model.json", "model.tflite"]
        assert archive.read("model.tflite")[4:8] == b"TFL3"
    expect(page.locator(".st-key-format_litert-float16").get_by_role("button")).to_have_text(
        "buildMake the file"
    )
    no_failure(page)


def test_a_model_answers_programs_until_it_is_stopped(shared_app: SharedApp, browser_page: Page) -> None:
    page, run = browser_page, shared_app.workspace.run
    page.goto(f"{shared_app.url}/export?run={run.id}&section=server")
    page.get_by_role("button", name="Start a server").click()
    where = page.get_by_role("link", name="http://127.0.0.1")
    expect(where).to_be_visible(timeout=LONG)
    page.reload()
    port = urlsplit(where.get_attribute("href") or "").port
    picture = next((shared_app.workspace.dataset.folder / "files").glob("*/*"))
    status, told = Client(port or 0).send(b"no picture", picture.read_bytes())
    assert status == 200 and ["error" in answer for answer in told["answers"]] == [True, False]
    expect(page.get_by_text("1 answer so far")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(where).to_be_hidden(timeout=LONG)
    expect(page.get_by_role("button", name="Start a server")).to_be_visible()
    no_failure(page)
