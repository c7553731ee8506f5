"""Deleting asks first and says what goes; what was deleted comes back from the list, whoever deleted it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import plain
from pages.components.shared.trash.delete import discard
from tests.fixtures.estimates import prepared
from tests.fixtures.image_workspace import Furnished
from tests.fixtures.many_runs import FROZEN, OTHER, change
from tests.pages.conftest import Open, delete, in_dialog, words
from tlcore import processes
from tlcore.errors import WorkspaceError
from tlcore.runs import external_test
from tlcore.runs.batches.batch import ROWS, Batch, BatchRequest
from tlcore.runs.external_test import ExternalTest, ExternalTestResult
from tlcore.runs.run import Run
from tlcore.workspace import Workspace, trash


@pytest.fixture
def own(furnished: Furnished, tmp_path: Path, empty: Open) -> Furnished:
    """A workspace with a data set and a finished run, to change at will."""
    return furnished.copy(tmp_path / "workspace")


def in_list(at: AppTest) -> AppTest:
    """The page with the list of deleted items open."""
    at.session_state["deleted"] = True
    at.run()
    assert not at.exception
    return at


def rows(at: AppTest) -> list[str]:
    """The keys of what can be brought back."""
    return [button.key for button in at.button if button.label == "Bring back"]


def no_exception(empty: Open, run: Run) -> None:
    for page in ("home", "data", "model", "train", "evaluate", "predict", "export", "compare"):
        assert not empty(page, run=run.id).exception, page


def test_the_question_names_what_goes_and_what_stays(own: Furnished, empty: Open) -> None:
    data, run = own.dataset.folder, own.run
    at = empty("data", data=data.name)
    at.button(key=f"delete_{data.name}").click().run()
    said = words(at)
    assert "Deletes 30 pictures in 3 classes and 1 version." in said and "1 run (" in said
    assert "the models stay and work as before" in said and plain(data.name) in said and "for 7 days" in said
    in_dialog(at, f"delete_{data.name}", f"delete_{data.name}_keep")
    assert data.is_dir()
    at = empty("train", run=run.id)
    at.button(key=f"delete_{run.id}").click().run()
    assert "Deletes its model (" in words(at) and "Its data set stays." in words(at)
    in_dialog(at, f"delete_{run.id}", f"delete_{run.id}_keep")
    assert run.has_model


def test_a_run_stays_usable_without_its_data(own: Furnished, empty: Open) -> None:
    data, run = own.dataset.folder, own.run
    delete(empty("data", data=data.name), f"delete_{data.name}")
    assert not data.exists() and run.has_model
    no_exception(empty, run)


@pytest.mark.parametrize(("kind", "page"), [("datasets", "data"), ("runs", "train"), ("runs", "compare")])
def test_anybody_brings_it_back_from_the_same_page(own: Furnished, empty: Open, kind: str, page: str) -> None:
    folder = own.dataset.folder if kind == "datasets" else own.run.folder
    thrown = Workspace().discard(folder)  # as another browser, or an earlier server, has done
    at = empty(page)
    assert not rows(at) and "undo_delete" not in [button.key for button in at.button]
    assert rows(in_list(at)) == [key_of("back", thrown.name)]
    at.button(key=key_of("back", thrown.name)).click().run()
    assert not at.exception and folder.is_dir() and not rows(at)


def test_two_of_one_name_are_told_apart(own: Furnished, empty: Open) -> None:
    first = own.dataset.folder
    second = first.with_name("coloured-20260101-101500-ffff")
    shutil.copytree(first, second)
    for folder in (first, second):
        Workspace().discard(folder)
    at = in_list(empty("data"))
    assert all(plain(folder.name) in words(at) for folder in (first, second))
    (wanted,) = [name for name in rows(at) if name.endswith(second.name)]
    at.button(key=wanted).click().run()
    assert second.is_dir() and not first.exists()


def test_two_tabs_delete_and_bring_back_the_same_one(own: Furnished, empty: Open) -> None:
    data = own.dataset.folder
    one = empty("data", data=data.name)
    delete(one, f"delete_{data.name}")
    with pytest.raises(WorkspaceError, match="not there any more"):
        discard([data])  # the other tab's dialog was open before
    (name,) = rows(in_list(one))
    again = in_list(empty("data"))
    one.button(key=name).click().run()
    again.button(key=name).click().run()
    assert not again.exception and data.is_dir() and not rows(again)


def test_a_taken_place_is_said_and_nothing_is_lost(own: Furnished, empty: Open) -> None:
    run = own.run
    thrown = Workspace().discard(run.folder)
    shutil.copytree(thrown, run.folder)
    at = in_list(empty("train"))
    at.button(key=key_of("back", thrown.name)).click().run()
    assert "there again" in at.error[0].value and "Delete that first" in at.error[0].value
    assert thrown.is_dir() and run.has_model


def test_a_data_set_that_a_run_is_training_on_stays(own: Furnished, empty: Open) -> None:
    data, run = own.dataset.folder, own.run
    pid, started = processes.identity()
    (run.folder / "status.json").write_text(json.dumps({"state": "running", "pid": pid, "started": started}))
    at = empty("data", data=data.name)
    at.button(key=f"delete_{data.name}").click().run()
    assert "A run is using it" in at.error[0].value and plain(run.id) in at.error[0].value
    assert f"delete_{data.name}_for_sure" not in [button.key for button in at.button]
    assert data.is_dir()


def test_a_run_names_its_tests_batches_and_those_that_began_from_it(home: Path, empty: Open) -> None:
    run = Run(home / "runs" / FROZEN)
    change(Run(home / "runs" / OTHER), start_from=str(run.folder))
    test = ExternalTest(run.folder / external_test.FOLDER / "there")
    test.folder.mkdir(parents=True)
    test.write(ExternalTestResult(name="There", created="", score=run.report().test, unknown={}, seen=()))
    batch = Batch(home / "batches" / "photos-20260305-101500-abcd")
    batch.prepare(BatchRequest("photos.zip", (str(run.folder),), "gone"))
    (batch.folder / ROWS).write_text('{"name": "a"}\n{"name": "b"}\n')
    at = empty("train", run=FROZEN)
    at.button(key=f"delete_{FROZEN}").click().run()
    said = words(at)
    assert (
        "Deletes 1 test on other data." in said and "1 batch of its answers can no longer be opened" in said
    )
    assert "started from it and stay as they are" in said

    delete(empty("evaluate", run=FROZEN, section="elsewhere"), "delete_there")
    assert not test.folder.exists()
    at = in_list(empty("evaluate", run=FROZEN))
    assert "There" in words(at)
    at.button(key=rows(at)[0]).click().run()
    assert test.outcome() is not None

    at = empty("predict", run=FROZEN, batch=batch.id)
    at.button(key=f"delete_{batch.id}").click().run()
    assert "Deletes 2 answers" in words(at)
    delete(at, f"delete_{batch.id}")
    assert not batch.folder.exists() and "batch" not in at.query_params
    at = in_list(empty("predict", run=FROZEN))
    assert "photos" in words(at)
    at.button(key=rows(at)[0]).click().run()
    assert batch.asked() is not None


@pytest.mark.parametrize("what", ["data set", "cache"])
def test_a_preparation_ends_before_what_it_needs_is_deleted(own: Furnished, empty: Open, what: str) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as worker:
        try:
            pid, born = processes.identity(worker.pid)
            prepared(own.dataset, state="running", pid=pid, started=born)
            if what == "data set":
                discard([own.run.folder])
                assert processes.is_alive(pid, born), "a run is none of its business"
                discard([own.dataset.folder])
            else:
                at = empty("data")
                at.session_state["disk"] = True
                at.run().button(key="cache").click().run()
                assert processes.is_alive(pid, born)
                in_dialog(at, "cache", "cache_for_sure")
                assert not at.exception and not list((own.home / "cache").glob("estimates/*"))
            assert not processes.is_alive(pid, born)
        finally:
            worker.kill()


def test_the_cache_and_the_trash_go_after_a_question(own: Furnished, empty: Open) -> None:
    (own.home / "cache" / "features").mkdir(parents=True, exist_ok=True)
    (own.home / "cache" / "features" / "x").write_bytes(bytes(5_000_000))
    thrown = Workspace().discard(own.run.folder)
    at = empty("data")
    at.session_state["disk"] = True
    at.run()
    at.button(key="cache").click().run()
    assert "Feature cache (results of frozen parts): 5" in words(at) and "cannot undo this" in words(at)
    assert (own.home / "cache" / "features").is_dir()
    at.button(key="trash").click().run()
    assert plain(thrown.name.split("~")[-1]) in words(at) and thrown.is_dir()
    in_dialog(at, "trash", "trash_for_sure")
    assert not at.exception and not trash.trash_items(own.home)
