"""How good a model is, at the browser: a cell opens its pictures, a threshold is chosen and stays chosen."""

from __future__ import annotations

import re

import msgspec
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.image_workspace import Furnished
from tests.journey.conftest import SharedApp, at_rest, metric, no_failure, visit
from tlcore.evaluate import confidence_threshold, coverage, report
from tlcore.evaluate.confidence_threshold import ConfidenceThreshold
from tlcore.evaluate.report import Score
from tlcore.runs.run import Run

SLIDER = "Answer only if the confidence is at least"
KEPT = "below 60 % it says “not sure”"


@pytest.fixture(scope="module")
def unsure(shared_workspace: Furnished) -> Furnished:
    """A run that errs where it is unsure: every third of its test pictures, and two of the sure ones."""
    run = shared_workspace.run
    whole, labels = run.report(), run.labels()
    shown = [(p.sha256, p.name) for p in whole.test.predictions] * 2
    true = np.array([labels.index(p.label) for p in whole.test.predictions] * 2)
    turn = np.arange(len(true))
    said = np.where(turn % 3 == 0, (true + 1) % len(labels), true)
    sure = np.where((turn % 3 == 0) & (turn > 3), 0.5, 0.7 + 0.02 * turn / len(turn))
    chances = np.repeat((1 - sure[:, None]) / (len(labels) - 1), len(labels), axis=1)
    chances[turn, said] = sure
    test = report.score("test", labels, true, chances, shown)
    report.write(run.folder / "report.json", msgspec.structs.replace(whole, test=test))
    return shared_workspace


def test_from_training_to_the_pictures_behind_a_mistake_and_a_threshold(
    unsure: Furnished, shared_app: SharedApp, browser_page: Page
) -> None:
    page, run = browser_page, unsure.run
    page.goto(f"{shared_app.url}/train?run={run.id}")
    page.get_by_role("button", name="Evaluate").click()
    page.wait_for_url(re.compile(rf"/evaluate\?run={run.id}"))
    test = run.report().test
    expect(metric(page, "Right on pictures it has never seen")).to_have_text(f"{100 * test.accuracy:.1f} %")
    page.get_by_role("radio", name="Confusions").click()
    page.wait_for_url(re.compile("section=confusion"))
    numbers = range(len(test.labels))
    count, row, column = max((test.confusion[i][j], i, j) for i in numbers for j in numbers if i != j)
    assert count
    _click(page, run.id, test, row, column)
    _shows(page, unsure, test, row, column)
    _click(page, run.id, test, row, row)
    _shows(page, unsure, test, row, row)
    empty = next((i, j) for i in numbers for j in numbers if not test.confusion[i][j])
    _click(page, run.id, test, *empty)
    expect(page.get_by_text(f"No picture of “{test.labels[empty[0]]}” was taken for")).to_be_visible()
    expect(page.get_by_test_id("stImage")).to_have_count(0)
    page.reload()
    expect(page.get_by_label("Pictures in the cell")).to_be_visible()
    no_failure(page)
    _choose_a_threshold(page, run)


def _click(page: Page, key: str, test: Score, row: int, column: int) -> None:
    """Click a cell of the chart near its corner: all of it belongs to it. As a hand does, only after the
    chart has marked it: what is drawn anew between pressing and letting go gets no click."""
    cells = page.locator(f".st-key-confusion_{key} svg path[fill^='rgb(']:not([fill-opacity='0'])")
    expect(cells).to_have_count(len(test.labels) ** 2)
    at_rest(page)
    place = cells.nth(row * len(test.labels) + column).bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + 0.85 * place["width"], place["y"] + 0.85 * place["height"])
    expect(page.get_by_text(f"class {test.labels[row]}answer {test.labels[column]}")).to_be_visible()
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.mouse.down()
    page.mouse.up()


def _shows(page: Page, workspace: Furnished, test: Score, row: int, column: int) -> None:
    """Exactly the pictures of a cell, the surest first."""
    label, said = test.labels[row], test.labels[column]
    name = f"{label}, right" if row == column else f"{label}, taken for {said}"
    count = test.confusion[row][column]
    expect(page.get_by_label("Pictures in the cell")).to_have_value(f"{name} ({count})")
    pictures = page.get_by_test_id("stImage").locator("img")
    expect(pictures).to_have_count(count)
    at_rest(page)
    drawn = [
        page.request.get(str(picture.evaluate("image => image.src"))).body() for picture in pictures.all()
    ]
    behind = test.predictions_of(label, said)
    assert drawn == [workspace.dataset.thumbnail(p.sha256).read_bytes() for p in behind]


def _choose_a_threshold(page: Page, run: Run) -> None:
    """It is kept, and there again after a refresh."""
    visit(page, "evaluate", run=run.id, section="sureness")
    before = _figures(page)
    assert before == _expected(run.report().test, 0.0)
    slider = page.get_by_role("slider", name=SLIDER)
    for _ in range(6):
        slider.press("PageUp")
    expect(slider).to_have_value("60")
    after = _expected(run.report().test, 0.6)
    assert before[0] != after[0] and before[1] != after[1]
    expect(metric(page, "Answers")).to_have_text(after[0])
    expect(metric(page, "Right")).to_have_text(after[1])
    page.get_by_role("button", name="Save threshold").click()
    expect(page.get_by_text(KEPT)).to_be_visible()
    assert confidence_threshold.read(run.folder) == ConfidenceThreshold(0.6, run.edition())
    page.reload()
    expect(page.get_by_text(KEPT)).to_be_visible()
    expect(slider).to_have_value("60")
    assert _figures(page) == after
    no_failure(page)


def _figures(page: Page) -> tuple[str, str]:
    expect(metric(page, "Right")).to_be_visible()
    at_rest(page)
    return metric(page, "Answers").inner_text(), metric(page, "Right").inner_text()


def _expected(test: Score, threshold: float) -> tuple[str, str]:
    found = coverage.coverage_at(*coverage.outcomes(test.predictions), threshold)
    assert found.accuracy is not None
    return f"{100 * found.share:.1f} %", f"{100 * found.accuracy:.1f} %"
