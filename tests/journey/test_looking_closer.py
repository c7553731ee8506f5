"""Wrong labels put right, the map, and a test on other data: in the browser, on a model made here."""

from __future__ import annotations

import itertools
import random
import re
import shutil
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.fixtures.browser import until
from tests.fixtures.image_workspace import Furnished
from tests.fixtures.tiny_training import draw, small
from tests.journey.conftest import LONG, SharedApp, at_rest, badge, choose, metric, no_failure, visit
from tlcore import config as configuration
from tlcore.data.dataset import Dataset
from tlcore.evaluate import analysis
from tlcore.runs.external_test import external_tests_of
from tlcore.runs.queue import turn
from tlcore.runs.run import Run, runs
from tlcore.runs.workers.backend import LocalBackend
from tlcore.workspace import new_id

EACH = 24
SWAPPED = {("amber", "blue"): (3, 11), ("blue", "röd"): (5, 17)}  # whose pictures lie in whose folder


@pytest.fixture(scope="module")
def shared_workspace(tmp_path_factory: pytest.TempPathFactory, weights_folder: Path) -> Furnished:
    """Three classes of coloured pictures, four of them in the wrong folder, and a finished run."""
    folder = tmp_path_factory.mktemp("mislabelled")
    made = Furnished(folder / "workspace", weights_folder)
    data = draw(folder / "paper", per_class=EACH)
    for (label, other), numbers in SWAPPED.items():
        for number in numbers:
            shutil.move(data / label / f"{number:02d}.png", data / other / f"{label} {number}.png")
    dataset = made.home / "datasets" / new_id("paper")
    made.command("import", data, "--name", "Paper", "--out", dataset)
    config = made.home / "config.json"
    config.write_bytes(configuration.to_json(small(epochs=12)))
    made.command("train", dataset, "--config", config, "--out", made.home / "runs" / new_id("paper"))
    return made


def planted(dataset: Dataset) -> set[str]:
    """The SHA-256 of what lies in the wrong folder."""
    wrong = re.compile(r"(amber|blue) \d+\.png$")
    return {example.sha256 for example in dataset.read(1).examples if wrong.search(example.name)}


def section(page: Page, run: Run, name: str) -> None:
    visit(page, "evaluate", run=run.id, section=name)


def test_labels_the_map_and_other_data(shared_app: SharedApp, browser_page: Page, tmp_path: Path) -> None:
    page, workspace, run = browser_page, shared_app.workspace, shared_app.workspace.run
    page.goto(f"{shared_app.url}/evaluate?run={run.id}&section=labels")
    _labels_that_are_right_stay_away_and_come_back(page, workspace)
    _the_map_shows_and_opens_what_is_pointed_at(page, run)
    _wrong_labels_are_put_right_and_trained_on_again(page, workspace)
    _another_folder_is_asked_kept_and_deleted(page, run, tmp_path)


def _labels_that_are_right_stay_away_and_come_back(page: Page, workspace: Furnished) -> None:
    found = analysis.read(workspace.run.folder)
    assert found is not None
    count = len(found.label_errors)
    cards = page.get_by_role("checkbox", name=re.compile("→"))
    expect(cards).to_have_count(count)
    page.locator("label").filter(has=page.get_by_role("checkbox")).first.click()
    expect(page.get_by_text("1 ticked.")).to_be_visible()
    page.get_by_role("button", name="Label is right").click()
    expect(cards).to_have_count(count - 1)
    page.reload()
    expect(page.get_by_role("button", name="Show again")).to_be_visible()
    expect(cards).to_have_count(count - 1)
    page.get_by_role("button", name="Show again").click()
    expect(cards).to_have_count(count)
    assert workspace.dataset.latest == 1
    no_failure(page)


def _the_map_shows_and_opens_what_is_pointed_at(page: Page, run: Run) -> None:
    section(page, run, "map")
    canvas = page.get_by_role("application")
    expect(canvas).to_be_visible()
    tip, opened = page.locator(".tip"), page.locator(f".st-key-map_opened_{run.id}")
    canvas.focus()
    page.keyboard.press("Home")
    expect(tip).to_be_visible()
    assert "data:image/webp" in str(tip.locator(".thumb").get_attribute("style"))
    first = tip.inner_text()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(tip).not_to_have_text(first)
    page.keyboard.press("Enter")
    expect(opened.locator("img")).to_be_visible()
    expect(opened.get_by_role("button", name="Close")).to_be_in_viewport()
    opened.get_by_role("button", name="Close").click()
    expect(opened).to_have_count(0)
    _sweep(page, canvas, tip)
    expect(tip).to_contain_text(re.compile("The model"))
    shown = tip.locator(".label").inner_text()
    page.mouse.down()
    page.mouse.up()
    expect(opened).to_contain_text(shown)
    at_rest(page)
    choose(page, page.get_by_role("combobox", name="Class"), "amber")
    expect(page.get_by_text(re.compile(rf"^\d+ of {3 * EACH} pictures shown"))).to_be_visible()
    _sweep(page, canvas, tip)
    expect(tip.locator(".label")).to_have_text("amber")
    page.get_by_text("As a table", exact=True).click()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    no_failure(page)


def _sweep(page: Page, canvas: Locator, tip: Locator) -> None:
    """Move the mouse over the map until it points at something: to and fro, as most of it is empty."""
    at_rest(page)
    box = canvas.bounding_box()
    assert box is not None
    places = itertools.product(range(10, int(box["width"]), 12), range(10, int(box["height"]), 12))
    for across, down in sorted(places, key=lambda place: random.Random(str(place)).random()):
        page.mouse.move(box["x"] + across, box["y"] + down)
        if tip.is_visible():
            return
    raise AssertionError("there is nothing to point at")


def _another_folder_is_asked_kept_and_deleted(page: Page, run: Run, tmp_path: Path) -> None:
    data = draw(tmp_path / "other", per_class=6, seed=7)
    (data / "blue" / "00.png").rename(data / "amber" / "stray.png")
    draw(tmp_path / "strangers", per_class=2, classes=("zebra",))
    shutil.move(tmp_path / "strangers" / "zebra", data / "zebra")
    archive = shutil.make_archive(str(tmp_path / "other photos"), "zip", data)
    section(page, run, "elsewhere")
    page.get_by_label("ZIP or TAR file").set_input_files(archive)
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.reload()  # it goes on
    expect(metric(page, "Right here")).to_contain_text("%", timeout=LONG)
    (test,) = external_tests_of(run)
    outcome = test.outcome()
    assert outcome is not None and outcome.score.n == 18 and outcome.unknown == {"zebra": 2}
    assert outcome.name == "other photos" and outcome.seen == ()
    expect(metric(page, "Right here")).to_have_text(f"{100 * outcome.score.accuracy:.1f} %")
    expect(page.get_by_text("that the model does not know: ")).to_contain_text("zebra")
    stray = page.get_by_role("img", name=re.compile("^blue · "))  # behind “amber, taken for blue”
    expect(stray).to_have_count(1)
    until(stray, "image => image.complete && image.naturalWidth > 30")
    page.get_by_role("button", name="Delete this test").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(metric(page, "Right here")).to_have_count(0)
    assert external_tests_of(run) == []
    no_failure(page)


def _wrong_labels_are_put_right_and_trained_on_again(page: Page, workspace: Furnished) -> None:
    run = workspace.run
    found = analysis.read(run.folder)
    assert found is not None
    wrong = planted(workspace.dataset)
    suspected = {suspect.sha256 for suspect in found.label_errors}
    places = {e.sha256: e for e in workspace.dataset.read().examples}
    assert wrong & suspected, "planted errors that nobody suspects"
    section(page, run, "labels")
    cards = page.get_by_role("checkbox", name=re.compile("→"))
    expect(cards).to_have_count(len(suspected))
    expect(page.get_by_role("button", name="Train again")).to_be_disabled()
    page.get_by_role("button", name="Tick this page").click()
    expect(page.get_by_text(f"{len(suspected)} ticked.")).to_be_visible()
    page.get_by_role("button", name="Relabel").click()
    expect(page.get_by_text("0 to check")).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    now = {e.sha256: e.label for e in workspace.dataset.read().examples}
    assert all(
        now[sha256] == places[sha256].name.split(" ")[0].split("/")[-1] for sha256 in wrong & suspected
    )
    with turn(workspace.home / "queue", "somebody else", lambda ahead: False):
        page.get_by_role("button", name="Train again").click()
        page.wait_for_url(re.compile(r"/train\?run="))
        expect(badge(page, "Waiting")).to_be_visible(timeout=LONG)
        (again,) = [one for one in runs(workspace.home / "runs") if one.id != run.id]
        LocalBackend().kill(again)
    assert again.config() == msgspec.structs.replace(run.config(), data_version=2)
    no_failure(page)
