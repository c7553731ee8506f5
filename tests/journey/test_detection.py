"""From pictures with boxes to a detector: bring them, train, click what it gets wrong, ask it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.fixtures.browser import Server
from tests.fixtures.places_workspace import COLOURS, SPLITS
from tests.fixtures.tiny_training import Trained
from tests.journey.conftest import LONG, at_rest, badge, metric, no_failure, put_in_place, visit
from tlcore.data.dataset import datasets
from tlcore.runs.queue import turn
from tlcore.runs.run import runs
from tlcore.runs.workers.backend import LocalBackend

TRUTH = re.compile(r"\d of [1-3] found")
# Milliseconds that a hand needs from one click to the next. The chart tells its click some 100 late, and a
# link that is clicked meanwhile is forgotten over it.
HAND = 400


def test_from_pictures_with_boxes_to_an_answer(
    open_app: Callable[[], Server], browser_page: Page, trained_detector: Trained, tmp_path: Path
) -> None:
    """That a run which a page has started ends well: `test_first_model.py`."""
    server, page = open_app(), browser_page
    packed = shutil.make_archive(str(tmp_path / "shapes"), "zip", trained_detector.data)
    page.goto(f"{server.url}/data")
    page.get_by_label("ZIP or TAR file").set_input_files(packed)
    _look_at_the_data(page)
    page.get_by_role("button", name="Change settings first").click()
    _train(page, server)
    visit(page, "train", run=put_in_place(trained_detector, datasets(server.home / "datasets")[0]).id)
    _look_at_the_run(page)
    _evaluate(page, server)
    _predict(page)
    assert set(datasets(server.home / "datasets")[0].read().box_counts()) == set(COLOURS)


def _look_at_the_data(page: Page) -> None:
    expect(page.get_by_role("button", name="Change settings first")).to_be_visible(timeout=LONG)
    expect(metric(page, "Pictures")).to_have_text(str(sum(SPLITS.values())))
    expect(page.get_by_test_id("stImage").first).to_be_visible()
    page.get_by_role("tab", name="Classes").click()
    expect(page.get_by_text("Rename a class")).to_be_visible()
    page.get_by_role("tab", name="Pictures").click()
    _correct_a_box(page)
    no_failure(page)


def _correct_a_box(page: Page) -> None:
    page.get_by_role("button", name="Correct").first.click()
    board = page.get_by_role("application")
    expect(board).to_have_accessible_name(re.compile("[1-3] box"))
    board.press("Tab")
    board.press("ArrowRight")
    board.press("Enter")
    expect(page.get_by_text(re.compile("^One box on “.*” changed.$"))).to_be_visible()
    page.get_by_role("button", name="All pictures").click()


def _train(page: Page, server: Server) -> None:
    """As little as the page lets."""
    page.get_by_role("slider", name="Input size in pixels").press("Home")
    expect(page.get_by_text("Pictures are laid whole into 256 × 256 pixels")).to_be_visible()
    page.get_by_role("slider", name="Views").press("Home")
    page.get_by_text("How the head trains").click()
    most = page.get_by_role("spinbutton", name="Epochs at most")
    most.fill("1")
    most.press("Enter")
    with turn(server.home / "queue", "somebody else", lambda ahead: False):
        page.get_by_role("button", name="Train", exact=True).click()
        page.wait_for_url(re.compile(r"/train\?run="))
        expect(badge(page, "Waiting")).to_be_visible(timeout=LONG)
        no_failure(page)
        (run,) = runs(server.home / "runs")
        LocalBackend().kill(run)
    config = run.config()
    assert config.task == "detection" and (config.input_size, config.training.epochs) == (256, 1)
    shutil.rmtree(run.folder)


def _look_at_the_run(page: Page) -> None:
    expect(page.get_by_role("button", name="Try it")).to_be_visible()
    expect(metric(page, "mAP at IoU 0.5")).to_have_text(re.compile(r"^[01]\.\d{3}$"))
    expect(metric(page, "Validation mAP at IoU 0.5, last epoch")).to_be_visible()
    no_failure(page)


def _evaluate(page: Page, server: Server) -> None:
    page.get_by_role("button", name="Evaluate").click()
    expect(page.get_by_text(re.compile("The model finds .* of .* objects"))).to_be_visible()
    page.get_by_role("radio", name="Confusions").click()
    page.wait_for_url(re.compile("section=confusion"))
    (run,) = runs(server.home / "runs")
    score = run.report().test.detection
    assert score
    numbers = range(len(score.labels) + 1)
    counts = [(score.confusion[i][j], i, j) for i in numbers for j in numbers if score.confusion[i][j]]
    count, row, column = max(counts, key=lambda cell: (cell[1] != cell[2], cell))  # a mistake, if it made one
    _click(page, row * len(numbers) + column)
    chosen = page.get_by_label("Objects in the cell")
    expect(chosen).to_have_value(re.compile(rf"\({count}\)"))
    expect(page.get_by_test_id("stImage").first).to_be_visible()
    no_failure(page)
    page.wait_for_timeout(HAND)
    page.get_by_text("Open on Predict").first.click()


def _predict(page: Page) -> None:
    page.wait_for_url(re.compile("/predict"))
    expect(page.get_by_text(TRUTH)).to_be_visible(timeout=LONG)
    expect(page.get_by_test_id("stImage")).to_have_count(2)
    page.get_by_role("button", name="Test picture 1", exact=True).click()
    expect(page.get_by_text(TRUTH)).to_be_visible()
    page.get_by_text("Show the boxes").click()
    expect(page.get_by_text("What is there")).to_be_visible()
    no_failure(page)


def _click(page: Page, cell: int) -> None:
    """Click a cell of the chart; as a hand does, only after the chart has marked it."""
    cells = page.locator("[class*=st-key-confusion_] svg path[fill^='rgb(']:not([fill-opacity='0'])")
    expect(cells).to_have_count((len(COLOURS) + 1) ** 2)
    at_rest(page)
    place = cells.nth(cell).bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + 0.85 * place["width"], place["y"] + 0.85 * place["height"])
    expect(page.get_by_text(re.compile("objects, .* % of it"))).to_be_visible()
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.mouse.down()
    page.mouse.up()
