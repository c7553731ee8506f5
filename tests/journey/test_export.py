"""A model leaves Graft, at the browser: a file is made beside a refresh, proven and taken away."""

from __future__ import annotations

import zipfile
from pathlib import Path

from playwright.sync_api import Page, expect

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
