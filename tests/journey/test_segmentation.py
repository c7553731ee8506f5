"""From pictures with masks to a segmenter: bring them, take its model home, see its worst answer, ask it."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.fixtures.browser import Server
from tests.fixtures.places_workspace import COLOURS, SPLITS
from tests.fixtures.tiny_training import Trained
from tests.journey.conftest import LONG, metric, no_failure, put_in_place, visit
from tlcore.data.dataset import datasets
from tlcore.runs.run import runs


def test_from_pictures_with_areas_to_an_answer(
    open_app: Callable[[], Server], browser_page: Page, trained_segmenter: Trained, tmp_path: Path
) -> None:
    """That a person trains it as they do a detector: `test_detection.py`."""
    server, page = open_app(), browser_page
    packed = shutil.make_archive(str(tmp_path / "shapes"), "zip", trained_segmenter.data)
    page.goto(f"{server.url}/data")
    page.get_by_label("ZIP or TAR file").set_input_files(packed)
    _look_at_the_data(page)
    visit(page, "train", run=put_in_place(trained_segmenter, datasets(server.home / "datasets")[0]).id)
    expect(metric(page, "Mean IoU")).to_have_text(re.compile(r"^[01]\.\d{3}$"))
    expect(metric(page, "Validation mean IoU, last epoch")).to_be_visible()
    home = _take_home(page)
    _evaluate(page, server)
    _predict(page)
    with zipfile.ZipFile(home) as bundle:
        assert {"model.keras", "description.json", "predict.py"} < set(bundle.namelist())
    assert datasets(server.home / "datasets")[0].read().classes == ("background", *sorted(COLOURS))


def _look_at_the_data(page: Page) -> None:
    expect(page.get_by_role("button", name="Change settings first")).to_be_visible(timeout=LONG)
    expect(metric(page, "Pictures")).to_have_text(str(sum(SPLITS.values())))
    expect(page.get_by_test_id("stImage").first).to_be_visible()
    _correct_an_area(page)
    no_failure(page)


def _correct_an_area(page: Page) -> None:
    """Around a few pixels, which become part of a disc."""
    page.get_by_role("button", name="Correct").first.click()
    board = page.get_by_role("application")
    board.press("2")
    place = board.bounding_box()
    assert place is not None
    left, top = place["x"] + 20, place["y"] + 20
    page.mouse.move(left, top)
    page.mouse.down()
    for across, down in ((40, 0), (40, 40), (0, 40)):
        page.mouse.move(left + across, top + down)
    page.mouse.up()
    board.press("Enter")
    expect(page.get_by_text(re.compile("^Areas on “.*” drawn.$"))).to_be_visible()
    page.get_by_role("button", name="All pictures").click()


def _take_home(page: Page) -> Path:
    no_failure(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the model").click()
    return Path(download.value.path())


def _evaluate(page: Page, server: Server) -> None:
    """The worst picture comes first: truth, answer and mistakes."""
    page.get_by_role("button", name="Evaluate").click()
    page.get_by_role("radio", name="Pictures").click()
    page.wait_for_url(re.compile("section=mistakes"))
    (run,) = runs(server.home / "runs")
    score = run.report().test.segmentation
    assert score and score.pictures[0].miou is not None
    expect(page.get_by_text(f"Mean IoU {score.pictures[0].miou:.3f}").first).to_be_visible(timeout=LONG)
    for title in ("Answer", "What is there", "Mistakes"):
        expect(page.get_by_text(title, exact=True).first).to_be_visible()
    no_failure(page)
    page.get_by_text("Open on Predict").first.click()


def _predict(page: Page) -> None:
    page.wait_for_url(re.compile("/predict"))
    expect(page.get_by_text(re.compile(r"^Mean IoU [01]\.\d{3}"))).to_be_visible(timeout=LONG)
    expect(page.get_by_test_id("stImage")).to_have_count(3)
    page.get_by_text("Show the areas").click()
    expect(page.get_by_test_id("stImage")).to_have_count(1)
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    no_failure(page)
