"""A finished model: the ways to ask it, and the same answer at home."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.driving import Server, chromium
from tests.furnished import Furnished
from tests.journey.conftest import LONG, bars, no_failure


def test_the_model_answers_at_home_as_it_did_on_the_page(
    own_workspace: Furnished, open_app: Callable[[], Server], browser_page: Page, tmp_path: Path
) -> None:
    server, page = open_app(), browser_page
    page.goto(f"{server.url}/train?run={own_workspace.run.id}")
    with page.expect_download() as download:
        page.get_by_role("button", name="Take it home").click()
    home = tmp_path / "home"
    with zipfile.ZipFile(download.value.path()) as archive:
        archive.extractall(home)
    assert sorted(path.name for path in home.iterdir()) == ["labels.json", "model.keras", "predict.py"]
    dataset = own_workspace.dataset
    picture = home / "picture.png"
    picture.write_bytes(dataset.file(dataset.read().examples[-1].sha256).read_bytes())
    command = [sys.executable, "predict.py", "picture.png"]
    said = subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=300)
    assert said.returncode == 0, said.stderr
    at_home = json.loads(said.stdout.splitlines()[-1])

    page.goto(f"{server.url}/predict?run={own_workspace.run.id}")
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(picture)
    expect(page.get_by_test_id("stProgress")).to_have_count(3, timeout=LONG)
    label, chance = bars(page)[0].split(" · ")
    assert label == at_home["label"]
    assert chance == f"{100 * at_home['confidence']:.1f} %"
    _paste(page, picture)
    no_failure(page)


def _paste(page: Page, picture: Path) -> None:
    """A pasted picture is answered too, and its answer stays while other things are done."""
    first = bars(page)
    page.get_by_role("tab", name="Paste").click()
    box = page.get_by_test_id("stChatInput")
    box.locator("input[type=file]").first.set_input_files(picture)
    expect(box.get_by_text("picture.png")).to_be_visible()
    box.get_by_test_id("stChatInputSubmitButton").click()
    answers = page.get_by_role("tabpanel", name="Paste").get_by_test_id("stProgress")
    expect(answers).to_have_count(3, timeout=LONG)
    assert [text.strip() for text in answers.all_inner_texts()] == first
    page.get_by_role("tab", name="Webcam").click()
    page.get_by_text("Switch the webcam on").click()
    page.get_by_role("tab", name="Paste").click()
    expect(answers).to_have_count(3)


def test_the_webcam(own_workspace: Furnished, open_app: Callable[[], Server], camera: Page) -> None:
    camera.goto(f"{open_app().url}/predict?run={own_workspace.run.id}")
    camera.get_by_role("tab", name="Webcam").click()
    camera.get_by_text("Switch the webcam on").click()
    # The button is there before the first frame is, and does nothing until then.
    camera.wait_for_function("document.querySelector('video')?.readyState === 4")
    camera.wait_for_timeout(500)
    camera.get_by_role("button", name="Take Photo").click()
    answers = camera.get_by_role("tabpanel", name="Webcam").get_by_test_id("stProgress")
    expect(answers).to_have_count(3, timeout=LONG)
    expect(camera.get_by_alt_text("From the webcam")).to_be_visible()
    no_failure(camera)


@pytest.fixture
def camera(browser: Browser) -> Iterator[Page]:
    """A browser whose webcam is Chromium's own test picture."""
    fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    started = browser.browser_type.launch(executable_path=chromium(), args=["--no-sandbox", *fake])
    yield started.new_context(permissions=["camera"]).new_page()
    started.close()
