"""Texts as a person would do it: a table, a column corrected, a model, a sentence answered in the browser."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.fixtures.browser import Server
from tests.fixtures.tiny_training import Trained
from tests.journey.conftest import (
    LONG,
    answer_bars,
    badge,
    best_bar,
    choose,
    metric,
    no_failure,
    put_in_place,
    visit,
)
from tlcore.data.dataset import datasets
from tlcore.data.text_store import read_texts
from tlcore.evaluate.report import Prediction
from tlcore.runs.queue import turn
from tlcore.runs.run import runs
from tlcore.runs.workers.backend import LocalBackend

WILD = "<b>When do you open on day 0?</b> مرحبا"


def table(path: Path, sample: Path) -> Path:
    """A CSV of these texts and a wild one; another column than the meant one looks like the labels."""
    with sample.open(newline="", encoding="utf-8") as file:
        texts = [(row["label"], row["text"]) for row in csv.DictReader(file)]
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["label", "kind", "message"])
        for n, (kind, text) in enumerate([*texts, ("opening hours", WILD)]):
            rows.writerow(["north" if n % 2 else "south", kind, text])
    return path


def test_from_a_table_to_an_answer(
    open_app: Callable[..., Server],
    short_weights: Path,
    trained_texts: Trained,
    browser_page: Page,
    tmp_path: Path,
) -> None:
    """That a run which a page has started ends well: `test_first_model.py`."""
    server, page = open_app(GRAFT_WEIGHTS=str(short_weights)), browser_page
    page.goto(f"{server.url}/data")
    page.get_by_label("Table of texts").set_input_files(table(tmp_path / "messages.csv", trained_texts.data))
    expect(page.get_by_text("Which column is what?")).to_be_visible(timeout=LONG)
    page.reload()  # the table waits
    _correct_a_column(page)
    expect(page.get_by_role("button", name="Change settings first")).to_be_visible(timeout=LONG)
    expect(metric(page, "Texts")).to_have_text("49")
    page.get_by_role("button", name="Filter and sort").click()
    page.get_by_placeholder("Words in the text").fill("on day 0?")
    page.get_by_placeholder("Words in the text").press("Enter")
    page.keyboard.press("Escape")
    cell = page.locator("canvas td").filter(has_text=WILD)
    expect(cell.first).to_be_attached()  # a grid is drawn; beside it stands what it says
    (dataset,) = datasets(server.home / "datasets")
    assert dataset.read().classes == tuple(sorted(trained_texts.run.labels()))
    no_failure(page)
    page.get_by_role("button", name="Change settings first").click()
    expect(metric(page, "Languages")).to_have_text("English")
    with turn(server.home / "queue", "somebody else", lambda ahead: False):
        page.get_by_role("button", name="Train", exact=True).click()
        page.wait_for_url(re.compile(r"/train\?run="))
        expect(badge(page, "Waiting")).to_be_visible(timeout=LONG)
        (run,) = runs(server.home / "runs")
        LocalBackend().kill(run)
    assert run.config().data == str(dataset.folder) and run.config().backbone == "minilm_l6"
    visit(page, "train", run=put_in_place(trained_texts, dataset).id)
    expect(page.locator("[class*=_loss] canvas").first).to_be_visible()
    expect(metric(page, "Right on texts it has never seen")).to_contain_text("%")
    page.get_by_role("button", name="Try it").click()
    _ask(page, trained_texts.run.report().test.predictions[0], read_texts(dataset.folder))


def _correct_a_column(page: Page) -> None:
    expect(page.get_by_text("Which column is what?")).to_be_visible(timeout=LONG)
    expect(page.get_by_label("Column with the texts")).to_have_value("message")
    box = page.get_by_label("Column with the classes")
    expect(box).to_have_value("label")
    choose(page, box, "kind")
    expect(box).to_have_value("kind")
    no_failure(page)
    page.get_by_role("button", name="Import", exact=True).click()


def _ask(page: Page, wanted: Prediction, texts: Mapping[str, str]) -> None:
    """A text of the test is answered as in the report."""
    expect(page.get_by_text("Its classes: delivery, opening hours, praise, refund.")).to_be_visible()
    page.get_by_label("Text", exact=True).fill(texts[wanted.sha256])
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(answer_bars(page)).to_have_count(4, timeout=LONG)
    # Of so few texts most others look like none of them: what is likeliest is said all the same.
    assert best_bar(page) == f"{wanted.predicted} · {100 * wanted.confidence:.1f} %"
    page.get_by_role("tab", name="Several at once").click()
    several = page.get_by_role("tabpanel", name="Several at once")
    page.get_by_label("Texts, one per line").fill("Where is it?\nThis is broken!")
    page.get_by_role("button", name="Ask all").click()
    expect(answer_bars(several)).to_have_count(8, timeout=LONG)
    no_failure(page)
