"""Texts as a person would do it: a table, a column corrected, a model, a sentence answered in the browser."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.fixtures.browser import Server
from tests.journey.conftest import LONG, answer_bars, away, best_bar, choose, metric, no_failure, wait_for_end
from tlcore.data.dataset import datasets
from tlcore.runs.run import runs

SENTENCES = {  # of several kinds: what looks alike but for a number stays together
    "question": (
        "When do you open on day {n}?",
        "Where can I find shop {n}?",
        "How much is number {n}?",
        "Which of your {n} colours is the darkest?",
        "Who will bring me parcel {n}?",
        "Is there a car park near house {n}?",
        "Can I pay {n} euros in cash?",
        "What does warranty {n} cover?",
    ),
    "complaint": (
        "My order {n} came broken.",
        "Parcel {n} is far too late!",
        "Number {n} has a scratch.",
        "Your driver was rude to all {n} of us.",
        "I was charged twice for bill {n}!",
        "The sleeves of shirt {n} are torn.",
        "Nobody answered my {n} letters.",
        "Lamp {n} stopped working at once.",
    ),
}


def table(path: Path) -> Path:
    """A CSV in which another column than the meant one looks like the labels."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["label", "kind", "message"])
        for n in range(24):
            for kind, sentences in SENTENCES.items():
                sentence = sentences[n % len(sentences)].format(n=n)
                rows.writerow(["north" if n % 2 else "south", kind, f"<b>{sentence}</b> مرحبا"])
    return path


def test_from_a_table_to_an_answer(
    open_app: Callable[..., Server], short_weights: Path, browser_page: Page, tmp_path: Path
) -> None:
    server, page = open_app(GRAFT_WEIGHTS=str(short_weights)), browser_page
    page.goto(f"{server.url}/data")
    page.get_by_label("Table of texts").set_input_files(table(tmp_path / "messages.csv"))
    expect(page.get_by_text("Which column is what?")).to_be_visible(timeout=LONG)
    page.reload()  # the table waits
    _correct_a_column(page)
    expect(page.get_by_role("button", name="Change settings first")).to_be_visible(timeout=LONG)
    expect(metric(page, "Texts")).to_have_text("48")
    page.get_by_role("button", name="Filter and sort").click()
    page.get_by_placeholder("Words in the text").fill("on day 0?")
    page.get_by_placeholder("Words in the text").press("Enter")
    page.keyboard.press("Escape")
    cell = page.locator("canvas td").filter(has_text="<b>When do you open on day 0?</b> مرحبا")
    expect(cell.first).to_be_attached()  # a grid is drawn; beside it stands what it says
    assert datasets(server.home / "datasets")[0].read().classes == ("complaint", "question")
    no_failure(page)
    page.get_by_role("button", name="Change settings first").click()
    expect(metric(page, "Languages")).to_have_text("English")
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url(re.compile(r"/train\?run="))
    with away(page):
        wait_for_end(runs(server.home / "runs")[0])
    expect(page.locator("[class*=_loss] canvas").first).to_be_visible()
    expect(metric(page, "Right on texts it has never seen")).to_contain_text("%")
    page.get_by_role("button", name="Try it").click()
    _ask(page)


def _correct_a_column(page: Page) -> None:
    expect(page.get_by_text("Which column is what?")).to_be_visible(timeout=LONG)
    expect(page.get_by_label("Column with the texts")).to_have_value("message")
    box = page.get_by_label("Column with the classes")
    expect(box).to_have_value("label")
    choose(page, box, "kind")
    expect(box).to_have_value("kind")
    no_failure(page)
    page.get_by_role("button", name="Import", exact=True).click()


def _ask(page: Page) -> None:
    expect(page.get_by_text("Its classes: complaint, question.")).to_be_visible()
    page.get_by_label("Text", exact=True).fill("Where is the shop?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(answer_bars(page)).to_have_count(2, timeout=LONG)
    # Of so few texts most others look like none of them: what is likeliest is said all the same.
    assert best_bar(page).startswith("question · ")
    page.get_by_role("tab", name="Several at once").click()
    several = page.get_by_role("tabpanel", name="Several at once")
    page.get_by_label("Texts, one per line").fill("Where is it?\nThis is broken!")
    page.get_by_role("button", name="Ask all").click()
    expect(answer_bars(several)).to_have_count(4, timeout=LONG)
    no_failure(page)
