"""A finished model: taken home, and the ways to ask it."""

from __future__ import annotations

import base64
import csv
import re
import shutil
import time
from pathlib import Path

import psutil
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.fixtures.image_workspace import Furnished
from tests.journey.conftest import (
    LONG,
    SharedApp,
    answer_bars,
    bars,
    best_bar,
    no_failure,
    visit,
)
from tlcore.evaluate import confidence_threshold
from tlcore.evaluate.confidence_threshold import ALWAYS, ConfidenceThreshold
from tlcore.export.folder.files import bundle
from tlcore.runs.batches.batch import batches
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND

PASTE = """(content) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([bytes], "from the clipboard.png", { type: "image/png" }));
  document.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
}"""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """61 files: pictures large enough to take a moment, one named like a formula; one that is no picture."""
    folder = tmp_path_factory.mktemp("many")
    noise = Image.effect_noise((640, 512), 80).convert("RGB")
    names = ["=1+1.jpg", *(f"{number:03}.jpg" for number in range(59))]
    for number, name in enumerate(names):
        noise.paste((4 * number, 255 - number, 0), (0, 0, 200, 200))  # each has bytes of its own
        noise.save(folder / name)
    (folder / "letter.jpg").write_text("Dear Sir, …")
    return [folder / name for name in (*names, "letter.jpg")]


def test_the_model_goes_home_and_answers_on_the_page_as_in_its_report(
    shared_app: SharedApp, camera: Page, pictures: list[Path], tmp_path: Path
) -> None:
    """What the bundle answers at home: `tests/export/test_take_home.py`."""
    app, page = shared_app, camera
    page.goto(f"{app.url}/train?run={app.workspace.run.id}")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the model").click()
    assert Path(download.value.path()).read_bytes() == bundle(app.workspace.run).read_bytes()
    wanted = app.workspace.run.report().test.predictions[0]
    picture, letter = tmp_path / "picture.png", tmp_path / "<b>letter<i>.jpg"
    picture.write_bytes(app.workspace.dataset.file(wanted.sha256).read_bytes())
    letter.write_text("Dear Sir, …" * 40)

    visit(page, "predict", run=app.workspace.run.id)
    _choose(page, letter, picture)
    expect(answer_bars(page)).to_have_count(3, timeout=LONG)
    expect(page.get_by_role("alert")).to_contain_text("Received: <b>letter<i>.jpg")
    label, chance = best_bar(page).split(" · ")
    assert label == wanted.predicted
    assert chance == f"{100 * wanted.confidence:.1f} %"
    _paste(page, picture)
    _film(page, app.workspace.run)
    _is_unsure(page, app.workspace.run, pictures[0])
    no_failure(page)


def _choose(page: Page, *pictures: Path) -> None:
    page.locator(".st-key-pictures").get_by_label("Loose pictures").set_input_files(list(pictures))


def _paste(page: Page, picture: Path) -> None:
    """A pasted picture is answered too, and its answer stays while other things are done."""
    first = bars(page)
    page.evaluate(PASTE, base64.b64encode(picture.read_bytes()).decode())
    expect(page.get_by_alt_text("from the clipboard.png")).to_be_visible(timeout=LONG)
    answers = answer_bars(page.get_by_role("tabpanel", name="Pictures"))
    expect(answers).to_have_count(3)
    assert bars(page.get_by_role("tabpanel", name="Pictures")) == first
    page.get_by_role("tab", name="Webcam").click()
    expect(page.get_by_role("button", name="Switch the webcam on")).to_be_visible()
    page.get_by_role("tab", name="Pictures").click()
    expect(answers).to_have_count(3)


def _film(camera: Page, run: Run) -> None:
    """The webcam answers all the time; a picture of it is kept."""
    camera.get_by_role("tab", name="Webcam").click()
    camera.get_by_role("button", name="Switch the webcam on").click()
    panel = camera.get_by_role("tabpanel", name="Webcam")
    answers = answer_bars(panel)
    expect(answers).to_have_count(3, timeout=LONG)
    classes = [bar.split(" · ")[0] for bar in bars(panel)]
    assert classes == list(run.labels()), "bars stay where they are"
    said = set()
    while len(said) < 3:  # the test picture moves, and the answers with it
        said.add(tuple(answers.all_inner_texts()))
        camera.wait_for_timeout(50)
    camera.get_by_role("button", name="Keep this picture").click()
    expect(camera.get_by_alt_text("From the webcam")).to_be_visible(timeout=LONG)
    expect(panel.get_by_text("Why?")).to_be_visible()
    camera.get_by_role("button", name="Switch the webcam off").click()
    expect(camera.get_by_role("button", name="Switch the webcam on")).to_be_visible()
    camera.get_by_role("tab", name="Pictures").click()


def _is_unsure(page: Page, run: Run, picture: Path) -> None:
    """The way from an unsure answer to where that is chosen."""
    confidence_threshold.write(run.folder, ConfidenceThreshold(1.0))
    _choose(page, picture)
    expect(page.get_by_role("heading", name=re.compile("Not sure|Unlike anything"))).to_be_visible(
        timeout=LONG
    )
    page.get_by_role("link", name="Change the threshold").click()
    expect(page.get_by_text("When should it say “not sure”?")).to_be_visible()
    confidence_threshold.write(run.folder, ALWAYS)


def test_a_person_only_waits_when_a_process_dies(
    shared_app: SharedApp, browser_page: Page, pictures: list[Path]
) -> None:
    page, run = browser_page, shared_app.workspace.run
    page.goto(f"{shared_app.url}/predict?run={run.id}")
    _a_batch_outlives_a_refresh_and_its_own_process(page, shared_app.workspace, pictures)
    _two_models_answer_when_a_warm_process_has_died(page, run, pictures)


def _two_models_answer_when_a_warm_process_has_died(page: Page, run: Run, pictures: list[Path]) -> None:
    other = run.folder.with_name("other-20260101-101500-aaaa")
    shutil.copytree(run.folder, other)
    visit(page, "predict", run=run.id, beside=other.name)
    _choose(page, pictures[0])
    card = answer_bars(page)
    expect(card).to_have_count(6, timeout=LONG)  # two models
    expect(page.get_by_text("Both answer")).to_be_visible()
    _warm(run.folder).kill()
    _choose(page, pictures[1])
    expect(page.get_by_alt_text(pictures[1].name)).to_be_visible(timeout=LONG)
    # What it showed before stays, pale, until the new answers are there.
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=LONG)
    expect(card).to_have_count(6)
    no_failure(page)
    for folder in (run.folder, other):
        _warm(folder)


def _warm(folder: Path) -> psutil.Process:
    """The process that keeps a run's model."""
    command = ["-m", "tlcore", "predict", str(folder), "-"]
    (found,) = [p for p in psutil.process_iter(["cmdline"]) if (p.info["cmdline"] or [])[1:] == command]
    return found


def _a_batch_outlives_a_refresh_and_its_own_process(
    page: Page, workspace: Furnished, pictures: list[Path]
) -> None:
    run = workspace.run
    _choose(page, *pictures)
    going = page.locator(".st-key-batch_progress")
    expect(going).to_be_visible(timeout=LONG)
    (batch,) = batches(workspace.home / "batches", run)
    worker = psutil.Process(BACKEND.status(batch).pid)
    worker.suspend()
    page.reload()
    expect(going).to_be_visible()
    assert f"batch={batch.id}" in page.url
    expect(page.locator(".box.small")).to_be_visible()  # the answers are what the page is about now
    worker.resume()
    while len(batch.rows()) < 8:
        time.sleep(0.002)
    assert BACKEND.status(batch).state == "running"
    worker.kill()
    expect(page.get_by_text("61 sent: 60 answered, 1 skipped.")).to_be_visible(timeout=LONG)
    assert batch.recorded().attempt == 2 and not (batch.folder / "source.zip").exists()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    rows = list(csv.DictReader(Path(download.value.path()).read_text("utf-8-sig").splitlines()))
    assert {row["name"] for row in rows} == {path.name for path in pictures[1:]} | {"'=1+1.jpg"}
    (broken,) = [row for row in rows if not row["class"]]
    assert broken["name"] == "letter.jpg" and "not a picture" in broken["reason"]
    page.get_by_label("Find", exact=True).fill("=1+1")
    page.get_by_label("Find", exact=True).press("Enter")
    expect(page.get_by_text("1 row.")).to_be_visible()
    no_failure(page)
