"""Folders of any name that a person can make: their data sets and runs work on every page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from pages.components.shared.selection.addresses import join_ids
from pages.components.shared.selection.keys import key_of
from tests.fixtures.analysed_run import FIRST, flowers, studied, trained
from tests.fixtures.browser import Server
from tests.journey.conftest import no_failure, visit
from tests.pages.conftest import Open, delete, words
from tlcore import config as configuration
from tlcore.data.dataset import Dataset
from tlcore.runs.queue import turn
from tlcore.runs.run import Run, runs
from tlcore.runs.workers.backend import LocalBackend

WILD = [
    "a__b",
    "__",
    "-leading dash --out",
    "two  spaces ",
    "“quotes” \"double\" 'single' `back` $HOME",
    "100 % #1 ?a=b&c=d;e+f,g",
    "<b>bold *star* [x](http:x.example) :red[no]",
    "🌷‍🌷 ❤️",
    "שלום عليكم",
    "new\nline\ttab\x07",
    "x" * 200,
    "ü" * 110,
    "back\\slash|pipe",
    "\u202egnp.exe",
    "~tilde.tar.gz",
]
SECTIONS = ["overview", "confusion", "classes", "sureness", "mistakes", "labels"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "workspace"))
    dataset = flowers(thumbnails=3)
    run = trained(dataset, FIRST, wrong=3)
    studied(run, dataset)
    return run


def renamed(run: Run, name: str) -> tuple[Dataset, Run]:
    """The data set and the run in folders of that name."""
    data = Path(run.config().data)
    dataset = Dataset(data.rename(data.with_name(name)))
    config = msgspec.structs.replace(run.config(), data=str(dataset.folder))
    (run.folder / "config.json").write_bytes(configuration.to_json(config))
    return dataset, Run(run.folder.rename(run.folder.with_name(name)))


def looked_at(empty: Open, page: str, **query: str) -> AppTest:
    at = empty(page, **query)
    assert not at.exception, (query, page, at.exception)
    assert "not here any more" not in words(at) and "no longer exist" not in words(at), (query, page)
    return at


@pytest.mark.parametrize("name", WILD, ids=ascii)
def test_components_are_drawn_for_a_data_set_and_a_run_of_that_name(empty: Open, run: Run, name: str) -> None:
    renamed(run, name)
    assert looked_at(empty, "data", data=name).selectbox(key="choose_data").value == name
    for section in ("map", "elsewhere"):
        at = looked_at(empty, "evaluate", run=name, section=section)
        assert at.selectbox(key="choose_run").value == name and at.get("bidi_component")


def test_every_page_shows_them_and_deletes_the_run(empty: Open, run: Run) -> None:
    name = "-__ “q” 'r' $HOME % #?a=b&c=d;e+f,g <b> *s* 🌷 שלום \n"
    dataset, run = renamed(run, name)
    looked_at(empty, "home")
    looked_at(empty, "model", data=name)
    looked_at(empty, "compare", runs=join_ids([name]))
    looked_at(empty, "predict", run=name)
    for section in SECTIONS:
        looked_at(empty, "evaluate", run=name, section=section)
    at = looked_at(empty, "train", run=name)
    delete(at, key_of("delete", name))
    assert not run.folder.exists() and dataset.folder.exists()


def test_what_no_file_can_name_is_left_out_and_said(empty: Open, run: Run) -> None:
    for folder in (run.folder, Path(run.config().data)):
        shutil.copytree(folder, folder.with_name(os.fsdecode(b"no \xff text")))
    for page, box in (("data", "choose_data"), ("train", "choose_run")):
        at = looked_at(empty, page)
        assert len(at.selectbox(key=box).options) == 1
        (said,) = [warning.value for warning in at.warning if "not valid text" in warning.value]
        assert "1 folder in" in said and "no � text" in said


def test_in_a_browser_it_is_opened_and_trained_on(
    run: Run, serve: Callable[..., Server], browser_page: Page, weights_folder: Path
) -> None:
    name = "new\nline a__b \"q\" 'q' % #1?x=1&y=2 🌷 שלום __"
    dataset, run = renamed(run, name)
    (dataset.folder / "files").mkdir(exist_ok=True)  # a command takes it for a data set by that
    server, page = serve(env={"GRAFT_WEIGHTS": str(weights_folder)}), browser_page
    page.goto(f"{server.url}/data?data={join_ids([name])}")
    expect(page.locator(".grid img").first).to_be_visible()
    page.get_by_role("button", name="Change settings first").click()
    with turn(server.home / "queue", "somebody else", lambda ahead: False):
        page.get_by_role("button", name="Train", exact=True).click()
        expect(page.get_by_text("Settings and log")).to_be_visible()
        no_failure(page)
        (started,) = [other for other in runs(run.folder.parent) if other.id != run.id]
        LocalBackend().kill(started)
    assert started.config().data == str(dataset.folder)
    visit(page, "evaluate", run=name, section="map")
    expect(page.get_by_text("Each point is one of")).to_be_visible()
    page.get_by_role("radio", name="Another folder").click()
    expect(page.get_by_text("Test on other data")).to_be_visible()
    no_failure(page)
