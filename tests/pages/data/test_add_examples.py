"""Adding to a data set: what is asked, what came of it, what went wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.components.browser.upload.upload import Received
from pages.components.shared.datasets import import_jobs
from pages.components.shared.trash.delete import discard
from tests.fixtures.pages import page_script
from tests.pages.conftest import words
from tlcore.__main__ import main
from tlcore.data.dataset import Dataset
from tlcore.errors import DataError
from tlcore.runs.job import Job, Reporter
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace

PAGE = page_script("add_examples")
Show = Callable[[], AppTest]


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Show:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "workspace"))
    st.cache_data.clear()
    st.cache_resource.clear()
    return lambda: AppTest.from_file(PAGE, default_timeout=20).run()


@pytest.fixture
def cats(page: Show, tmp_path: Path) -> Dataset:
    """A data set of four pictures of one class."""
    folder = Workspace().datasets / "cats-20260101-120000-abcd"
    source = drawn(tmp_path / "cats", 4)
    assert main(["import", str(source), "--out", str(folder), "--label", "cat <b>*x*", "--name", "Cats"]) == 0
    return Dataset(folder)


def drawn(folder: Path, count: int, start: int = 0) -> Path:
    folder.mkdir()
    for n in range(start, start + count):
        Image.new("RGB", (40, 30), (n, 50, 90)).save(folder / f"{n}.png")
    return folder


def added(dataset: Dataset, source: Path, label: str) -> Path:
    job = dataset.folder / "adding" / "add-20260101-130000-abcd"
    assert (
        main(["import", str(source), "--into", str(dataset.folder), "--label", label, "--job", str(job)]) == 0
    )
    return job


def test_what_was_added_is_said_until_it_is_put_away(cats: Dataset, page: Show, tmp_path: Path) -> None:
    source = drawn(tmp_path / "dogs", 3, 100)
    (source / "broken.png").write_bytes(b"no picture")
    job = added(cats, source, "dog")
    at = page()
    assert not at.exception
    assert "3 pictures added to “dog”\\. 1 file skipped." in words(at)
    (table,) = [frame.value for frame in at.dataframe]
    assert list(table["Name"]) == ["broken.png"]
    at.button(key=f"ok_{job.name}").click().run()
    assert "added to" not in words(at) and not job.exists()
    assert cats.latest == 2


def test_an_addition_is_taken_back_by_one_click(cats: Dataset, page: Show, tmp_path: Path) -> None:
    job = added(cats, drawn(tmp_path / "dogs", 3, 100), "dog")
    at = page()
    at.button(key=f"undo_{job.name}").click().run()
    assert not at.exception and "Undid version 2" in words(at)
    assert cats.read().counts() == {"cat <b>*x*": 4} and not job.exists()


def test_a_set_in_the_making_asks_for_more(cats: Dataset, page: Show) -> None:
    at = page()
    assert cats.read().problem
    (box,) = [item for item in at.expander if item.label == "Add more"]
    assert box.proto.expanded
    (choice,) = [item for item in at.selectbox if item.label == "Class"]
    assert choice.options == ["cat <b>*x*"] and choice.value is None
    assert "Choose a class first" in words(at)
    choice.select("cat <b>*x*").run()
    assert not at.exception and "Choose a class first" not in words(at)
    assert [tab.label for tab in at.tabs] == ["Files", "Camera"]


def test_as_folders_say_needs_no_class(cats: Dataset, page: Show) -> None:
    at = page()
    at.segmented_control(key=f"add_how_{cats.id}").set_value("Use the folder names").run()
    assert not at.exception
    assert not [item for item in at.selectbox if item.label == "Class"] and not at.tabs


def test_an_addition_that_failed_says_why_until_it_is_dismissed(cats: Dataset, page: Show) -> None:
    folder = cats.folder / "adding" / "add-20260101-130000-abcd"
    folder.mkdir(parents=True)
    Reporter(Job(folder)).end("failed", error="There is nothing new in it.")
    at = page()
    assert [error.value for error in at.error] == [r"There is nothing new in it\."]
    at.button(key=f"dismiss_{folder.name}").click().run()
    assert not at.error and not at.exception and not folder.exists()


def test_an_addition_whose_process_died_is_said_to_be_interrupted(cats: Dataset, page: Show) -> None:
    folder = cats.folder / "adding" / "add-20260101-130000-abcd"
    folder.mkdir(parents=True)
    (folder / "status.json").write_text(json.dumps({"state": "running", "pid": 2**22 + 1, "started": 1.0}))
    assert "Adding was interrupted" in page().error[0].value


@pytest.mark.parametrize("button", ["ok", "undo"])
def test_what_another_tab_put_away_is_no_crash(
    cats: Dataset, page: Show, tmp_path: Path, button: str
) -> None:
    job = added(cats, drawn(tmp_path / "dogs", 3, 100), "dog")
    at = page()
    Workspace().discard(job)
    at.button(key=f"{button}_{job.name}").click().run()
    assert not at.exception and "Nothing was skipped" not in words(at)


def test_a_failure_that_another_tab_dismissed_is_no_crash(cats: Dataset, page: Show) -> None:
    folder = cats.folder / "adding" / "add-20260101-130000-abcd"
    folder.mkdir(parents=True)
    Reporter(Job(folder)).end("failed", error="There is nothing new in it.")
    at = page()
    Workspace().discard(folder)
    at.button(key=f"dismiss_{folder.name}").click().run()
    assert not at.exception and not at.error


def test_a_data_set_that_is_added_to_cannot_be_deleted(cats: Dataset, page: Show) -> None:
    folder = cats.folder / "adding" / "add-20260101-130000-abcd"
    folder.mkdir(parents=True)
    reporter = Reporter(Job(folder))
    reporter.stage("adding", "Adding pictures")
    with pytest.raises(DataError, match="Examples are being added to it"):
        discard([cats.folder])
    assert cats.is_ready
    reporter.end("done")
    discard([cats.folder])
    assert not cats.folder.exists()


def test_progress_is_what_the_job_says_with_the_time_left(cats: Dataset, page: Show) -> None:
    folder = cats.folder / "adding" / "add-20260101-130000-abcd"
    folder.mkdir(parents=True)
    reporter = Reporter(Job(folder))
    reporter.stage("adding", "Adding pictures")
    reporter.progress(3, 3, "Adding pictures · 3 of 8", seconds_left=42)
    at = page()
    (bar,) = at.get("progress")
    assert bar.proto.text == "Adding pictures · 3 of 8 · about 40 s left"
    at.button(key=f"stop_{folder.name}").click().run()
    assert Job(folder).stop_requested()


def test_what_earlier_additions_said_goes_with_the_next_one(
    cats: Dataset, page: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = added(cats, drawn(tmp_path / "dogs", 3, 100), "dog")
    failed, going = (done.with_name(f"add-20260101-14{n}000-abcd") for n in (0, 1))
    for folder, state in ((failed, "failed"), (going, "running")):
        folder.mkdir()
        Reporter(Job(folder)).stage("adding", "Adding")
        if state == "failed":
            Reporter(Job(folder)).end("failed", error="There is nothing new in it.")
    started: list[list[str]] = []
    monkeypatch.setattr(BACKEND, "start", lambda job, arguments: started.append(arguments))
    import_jobs.start_addition(Received(tmp_path / "upload-1.zip", "more.zip", 2, None), cats, "dog")
    assert len(started) == 1 and "--called=more.zip" in started[0]
    assert [job.folder for job in import_jobs.additions(cats)] == [going]
