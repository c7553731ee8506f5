"""A model leaves Graft, at the browser: a file is made beside a refresh, proven and taken away; a whole run
goes to another person, who opens it.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.fixtures.image_workspace import Furnished
from tests.fixtures.served import Client
from tests.journey.conftest import LONG, SharedApp, at_rest, no_failure, visit
from tlcore.runs.run import Run


def test_a_model_leaves_in_each_way(shared_app: SharedApp, browser_page: Page, tmp_path: Path) -> None:
    page, workspace = browser_page, shared_app.workspace
    page.goto(f"{shared_app.url}/train?run={workspace.run.id}")
    _a_file_is_made_proven_and_taken_away(page)
    _it_answers_programs_until_it_is_stopped(page, workspace)
    _its_run_is_handed_on_and_opened(page, workspace, tmp_path)


def _a_file_is_made_proven_and_taken_away(page: Page) -> None:
    page.get_by_role("button", name="Export").click()
    row = page.locator(".st-key-format_litert")
    row.get_by_role("button", name="Make the file").click()
    expect(row.get_by_role("button", name="Stop")).to_be_visible()
    page.reload()
    expect(row.get_by_text("12 of 12")).to_be_visible(timeout=LONG)
    tab = page.context.new_page()
    tab.goto(page.url)
    expect(tab.locator(".st-key-format_litert").get_by_text("12 of 12")).to_be_visible()
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


def _it_answers_programs_until_it_is_stopped(page: Page, workspace: Furnished) -> None:
    visit(page, "export", run=workspace.run.id, section="server")
    page.get_by_role("button", name="Start a server").click()
    where = page.get_by_role("link", name="http://127.0.0.1")
    expect(where).to_be_visible(timeout=LONG)
    page.reload()
    port = urlsplit(where.get_attribute("href") or "").port
    picture = next((workspace.dataset.folder / "files").glob("*/*"))
    status, told = Client(port or 0).send(b"no picture", picture.read_bytes())
    assert status == 200 and ["error" in answer for answer in told["answers"]] == [True, False]
    expect(page.get_by_text("1 answer so far")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(where).to_be_hidden(timeout=LONG)
    expect(page.get_by_role("button", name="Start a server")).to_be_visible()
    no_failure(page)


def _its_run_is_handed_on_and_opened(page: Page, workspace: Furnished, tmp_path: Path) -> None:
    run = workspace.run
    visit(page, "export", run=run.id, section="hand-on")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Download the run").click()
    file = tmp_path / taken.value.suggested_filename
    taken.value.save_as(file)
    assert file.suffix == ".graft"
    (tmp_path / "cut.graft").write_bytes(file.read_bytes()[:-1000])

    visit(page, "")
    page.get_by_text("Open a run or model from elsewhere").click()
    box = page.get_by_label("Upload data")
    expect(box.get_by_role("button", name="Choose the file")).to_be_visible()
    box.locator("input.table").set_input_files(tmp_path / "cut.graft")
    expect(page.get_by_text("This file was cut short")).to_be_visible()
    page.get_by_role("button", name="Dismiss").click()
    at_rest(page)
    box.locator("input.table").set_input_files(file)
    page.wait_for_url(re.compile(r"/evaluate\?run="), timeout=LONG)
    opened = Run(run.folder.with_name(page.url.split("run=")[1]))
    assert opened.id != run.id and opened.config() == run.config()  # the same data set is here
    expect(page.get_by_role("heading", name="Evaluate")).to_be_visible()
    assert opened.report() == run.report() and opened.has_model
    assert not list((workspace.home / "cache" / "openings").iterdir())
    no_failure(page)
