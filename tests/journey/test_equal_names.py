"""Two of everything, called the same: what a person chooses, shows, trains on or deletes is the one meant."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.fixtures.browser import until
from tests.fixtures.image_workspace import Furnished
from tests.fixtures.twins import NAME, Twins, make
from tests.journey.conftest import (
    LONG,
    SharedApp,
    answer_bars,
    at_rest,
    metric,
    no_failure,
    open_popover,
    visit,
)
from tlcore.data.dataset import Dataset, datasets
from tlcore.runs.batches.batch import Batch, BatchRequest
from tlcore.runs.job import Job
from tlcore.runs.queue import turn
from tlcore.runs.run import Run, runs
from tlcore.runs.workers.backend import LocalBackend


@pytest.fixture(scope="module")
def twins(shared_workspace: Furnished) -> Twins:
    return make(shared_workspace)


@pytest.fixture
def started(twins: Twins) -> Iterator[Callable[[Page], Run]]:
    """The run that a page has just started, stopped in line: what it shall do is written down by then."""

    def newest(page: Page) -> Run:
        expect(page).to_have_url(re.compile(r"/train\?run="))
        expect(page).not_to_have_url(re.compile("|".join(run.id for run in twins.runs)))
        at_rest(page)
        (run,) = [run for run in runs(twins.home / "runs") if run.id not in {one.id for one in twins.runs}]
        LocalBackend().kill(run)
        return run

    with turn(twins.home / "queue", "somebody else", lambda ahead: False):
        yield newest


def box(page: Page, title: str) -> Locator:
    return page.get_by_role("combobox", name=title)


def opened(page: Page) -> Locator:
    """The options of the box that is open; an upload box has a menu of its own."""
    return page.get_by_role("listbox").get_by_role("option")


def pick(page: Page, title: str, number: int) -> str:
    """Choose by label, as a person does; returns the label. Those in the list must differ."""
    options = opened(page)
    at_rest(page)
    box(page, title).click()
    expect(options.first).to_be_visible()
    labels = [text.strip() for text in options.all_inner_texts()]
    assert len(set(labels)) == len(labels) > 1, labels
    options.nth(number).click()
    expect(options, str(labels)).to_have_count(0)
    at_rest(page)
    return labels[number]


def _open_options(page: Page, title: str) -> None:
    """Open a box; what is drawn above it meanwhile moves it, which closes it again."""
    for _ in range(5):
        at_rest(page)
        box(page, title).click()
        with contextlib.suppress(AssertionError):
            expect(opened(page).first).to_be_visible(timeout=3_000)
            return
    raise AssertionError(f"{title} never opened")


def delete(page: Page, label: str) -> None:
    """Delete what is shown, with one press, and once more where a question comes first."""
    page.get_by_role("button", name=label).click()
    sure = page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True)
    undo = page.get_by_role("button", name="Undo").first
    expect(sure.or_(undo).first).to_be_visible()
    if sure.is_visible():
        sure.click()
    expect(undo).to_be_visible()


def test_what_was_meant_is_shown_trained_on_and_deleted(
    twins: Twins, started: Callable[[Page], Run], shared_app: SharedApp, browser_page: Page
) -> None:
    page = browser_page
    page.goto(f"{shared_app.url}/evaluate")
    _a_new_tab_of_the_same_browser_begins_with_the_last_choice(page, twins)
    _the_data_set(page, twins, started)
    _the_model_answers_and_stays(page, twins)
    _the_run_is_shown_continued_compared_and_deleted(page, twins, started)


def _a_new_tab_of_the_same_browser_begins_with_the_last_choice(page: Page, twins: Twins) -> None:
    pick(page, "Model", 1)
    expect(page).to_have_url(re.compile(twins.runs[0].id))
    until(page, "() => document.cookie.includes('graft_run')")
    tab, address = page.context.new_page(), page.url.split("?")[0]
    tab.goto(address)
    expect(tab).to_have_url(re.compile(twins.runs[0].id))
    no_failure(tab)
    page.context.clear_cookies()  # as another browser
    tab.goto(address)
    expect(tab).to_have_url(re.compile(twins.runs[1].id))
    tab.close()


def _the_data_set(page: Page, twins: Twins, started: Callable[[Page], Run]) -> None:
    newer, older = datasets(twins.home / "datasets")  # a page begins with the first
    visit(page, "model", data=older.id)
    _trains_on(older, page, started)  # what a link names, though it is not the newest
    visit(page, "model", data=older.id)
    pick(page, "Data set", 0)
    expect(page).to_have_url(re.compile(newer.id))
    _trains_on(newer, page, started)  # what is chosen in the box
    visit(page, "compare", view="experiments")
    pick(page, "Data set", 1)
    page.get_by_text("Options", exact=True).click()
    commands = open_popover(page, "As commands").get_by_test_id("stCode")
    expect(commands.filter(has_text=older.id)).to_have_count(3)
    visit(page, "data", data=older.id)
    expect(metric(page, "Pictures")).to_have_text(str(len(older.read().examples)))
    delete(page, "Delete this data set")
    assert not older.folder.exists() and newer.folder.exists()
    page.get_by_role("button", name="Undo").first.click()
    expect(page.get_by_role("button", name="Undo").first).to_be_hidden()
    assert older.folder.exists()
    no_failure(page)


def _trains_on(dataset: Dataset, page: Page, started: Callable[[Page], Run]) -> None:
    page.get_by_role("button", name="Train", exact=True).click()
    run = started(page)
    assert run.config().data == str(dataset.folder)
    shutil.rmtree(run.folder)


def _the_model_answers_and_stays(page: Page, twins: Twins) -> None:
    first, second = twins.runs
    for name, row in (("b0b0", "second batch"), ("b0b1", "third batch")):  # in one second, of one name
        _batch(twins.home / "batches" / f"many-20260301-101500-{name}", second, row)
    picture = twins.data[0].file(twins.data[0].read().examples[0].sha256)
    visit(page, "predict", run=second.id)
    expect(box(page, "Model")).to_have_value(re.compile("50.0 % right"))
    shutil.copy(picture, twins.home / "picture.png")
    loose = page.locator(".st-key-pictures").get_by_label("Loose pictures")
    loose.set_input_files(twins.home / "picture.png")
    expect(answer_bars(page)).to_have_count(3, timeout=LONG)
    expect(box(page, "Model")).to_have_value(re.compile("50.0 % right"))
    expect(page).to_have_url(re.compile(f"run={second.id}"))
    _open_options(page, "Compare with")
    opened(page).first.click()
    expect(page).to_have_url(re.compile(f"beside={first.id}"))
    expect(page).to_have_url(re.compile(f"run={second.id}"))
    visit(page, "predict", run=second.id)
    pick(page, "Batch", 1)
    expect(page).to_have_url(re.compile("batch=.*b0b[01]"))
    named = page.url.split("batch=")[1].split("&")[0]
    page.locator(".st-key-batch_filters").get_by_label("Find").fill(
        "second" if named.endswith("b0b0") else "third"
    )
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 row.")).to_be_visible()
    no_failure(page)


def _batch(folder: Path, run: Run, text: str) -> None:
    """A batch that has ended, with one row."""
    batch = Batch(folder)
    batch.prepare(BatchRequest("many.zip", (str(run.folder),), "", ()))
    batch.rows_file.write_text(json.dumps({"name": text, "error": "It is no picture."}) + "\n")
    (folder / "status.json").write_text('{"state": "done"}')


def each_is_evaluated(page: Page, twins: Twins) -> None:
    first, second = twins.runs
    right = {second.id: "50.0 %", first.id: f"{100 * first.report().test.accuracy:.1f} %"}
    visit(page, "evaluate", run=first.id)
    page.get_by_role("radio", name="Class by class").click()
    page.get_by_role("radio", name="Overview").click()
    expect(page.get_by_text(right[first.id]).first).to_be_visible()
    label = pick(page, "Model", 0)
    (named,) = [id for id, accuracy in right.items() if accuracy in label]
    assert label.startswith(f"{NAME} · ")
    expect(page).to_have_url(re.compile(f"run={named}"))
    expect(page.get_by_text(right[named]).first).to_be_visible()


def both_are_compared(page: Page, twins: Twins) -> None:
    first, second = twins.runs
    visit(page, "compare", runs=f"{first.id},{second.id}")
    expect(page.get_by_text("What differs", exact=True)).to_be_visible()
    links = page.locator(".st-key-compare_links a")
    expect(links).to_have_count(2)
    assert len(set(links.all_inner_texts())) == 2
    pick(page, "Data set", 1)
    expect(page.get_by_text(re.compile(r"^1 run\."))).to_be_visible()


def _the_run_is_shown_continued_compared_and_deleted(
    page: Page, twins: Twins, started: Callable[[Page], Run]
) -> None:
    first, second = twins.runs
    each_is_evaluated(page, twins)
    visit(page, "evaluate", run=second.id, section="elsewhere")
    expect(box(page, "Or choose a data set")).to_be_visible()
    page.get_by_role("button", name="Test").click()
    tests = second.folder / "tests"
    begun = page.get_by_role("button", name="Stop").or_(page.get_by_text("Tests of this model"))
    expect(begun.first).to_be_visible(timeout=LONG)
    (job,) = tests.iterdir()
    assert str(twins.data[0].folder) in _command(job) and not (first.folder / "tests").exists()
    LocalBackend().kill(Job(job))
    both_are_compared(page, twins)

    visit(page, "train", run=second.id)
    popover = open_popover(page, "Train further")
    title = "Pictures"
    pick(page, title, 1)
    popover.get_by_role("button", name="Train further").click()
    run = started(page)
    assert run.config().start_from == str(second.folder) and run.config().data == str(twins.data[0].folder)
    shutil.rmtree(run.folder)
    shutil.rmtree(tests)

    visit(page, "train", run=second.id)
    page.get_by_text("Settings and log").click()
    expect(page.get_by_text(str(second.folder))).to_be_visible()
    delete(page, "Delete this run")
    assert not second.folder.exists() and first.folder.exists()
    no_failure(page)


def _command(folder: Path) -> list[str]:
    """What the process of a job was started with."""
    commands = (process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"]))
    return next(words for words in commands if "tlcore" in words and str(folder) in words)
