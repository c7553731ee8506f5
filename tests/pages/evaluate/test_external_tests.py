"""Another folder: what is shown of tests at work, ended badly and finished. Uploads are in tests/journey."""

from __future__ import annotations

import json
import os
from pathlib import Path

import msgspec
import numpy as np
import psutil
import pytest
from streamlit.testing.v1 import AppTest

from pages.components.evaluate.external_result import overlap_warning
from pages.components.shared.text import plain
from tests.fixtures.analysed_run import FIRST, flowers, trained
from tests.fixtures.many_runs import write_data
from tests.fixtures.planted_faults import LILY, ROSE
from tests.fixtures.text_workspace import Written
from tests.pages.conftest import Open, delete, numbers, words
from tlcore.data.task_words import WORDS
from tlcore.errors import RunError
from tlcore.evaluate import report
from tlcore.runs.external_test import FOLDER, MOST, ExternalTest, ExternalTestResult
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace

OTHER = "Other <b>photos</b>"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "workspace"))
    return trained(flowers(), FIRST, wrong=3)


def opened(empty: Open, run: str = FIRST) -> AppTest:
    at = empty("evaluate", run=run, section="elsewhere")
    assert not at.exception, at.exception
    return at


def outcome(count: int = 8, wrong: int = 2, **changes: object) -> ExternalTestResult:
    """Roses, some of them taken for lilies."""
    true = np.zeros(count, dtype=int)
    said = np.where(np.arange(count) < wrong, 1, 0)
    chances = np.full((count, 2), 0.1)
    chances[np.arange(count), said] = 0.9
    shown = [(f"{n:064x}", f"{n}.jpg") for n in range(count)]
    made = ExternalTestResult(
        name=OTHER,
        created="2026-01-03T10:00:00Z",
        score=report.score("all", (ROSE, LILY), true, chances, shown),
        unknown={},
        seen=(),
    )
    return msgspec.structs.replace(made, **changes)


def kept(run: Run, name: str, found: ExternalTestResult | None, **status: object) -> ExternalTest:
    test = ExternalTest(run.folder / FOLDER / name)
    test.folder.mkdir(parents=True)
    (test.folder / "status.json").write_text(json.dumps({"state": "done", "attempt": 1, **status}))
    if found is not None:
        test.write(found)
    return test


def test_at_first_there_is_only_the_box(run: Run, empty: Open) -> None:
    at = opened(empty)
    assert not numbers(at) and len(at.get("bidi_component")) == 1


def test_accuracy_with_its_interval_beside_the_runs_own(run: Run, empty: Open) -> None:
    kept(run, "one", outcome())
    at = opened(empty)
    shown = numbers(at)
    assert shown["Right here"] == "75.0 %" and shown["Right on its own test data"] == "80.0 %"
    assert "between **40.9 %** and **92.9 %**" in words(at)
    table = at.dataframe[0].value
    assert list(table["Data"]) == ["Its own test data", OTHER]
    assert list(table["Right"]) == [0.8, 0.75] and list(table["Pictures"]) == [15, 8]
    (cells,) = [box for box in at.selectbox if box.label == "Pictures in the cell"]
    assert cells.options[0] == f"{ROSE}, taken for {LILY} (2)"


def test_guessing_names_what_was_commonest_in_training(run: Run, empty: Open) -> None:
    told = msgspec.structs.replace(
        outcome().score, baseline_from="training", baseline_label=LILY, baseline_accuracy=0.0
    )
    kept(run, "one", outcome(score=told))
    assert numbers(opened(empty))[f"Always guessing “{plain(LILY)}”"] == "0.0 %"


def test_several_are_kept_and_one_is_chosen(run: Run, empty: Open) -> None:
    kept(run, "one", outcome(), started=1.0)
    kept(run, "two", outcome(wrong=0, name="newer"), started=2.0)
    at = opened(empty)
    assert numbers(at)["Right here"] == "100.0 %" and len(at.dataframe[0].value) == 3
    (box,) = [box for box in at.selectbox if box.label == "Test"]
    box.select("one").run()
    assert numbers(at)["Right here"] == "75.0 %"
    delete(at, "delete_one")
    assert numbers(at)["Right here"] == "100.0 %"
    assert not (run.folder / FOLDER / "one").exists()


def test_what_flatters_and_what_was_left_out_is_said(run: Run, empty: Open) -> None:
    learned = tuple(f"{n:064x}" for n in range(2, 6))
    kept(run, "one", outcome(seen=learned, unknown={"*emu*": 3, "<i>": 1}, skipped=2))
    at = opened(empty)
    (warning,) = [item.value for item in at.warning]
    assert "learned from 4 pictures of these" in warning
    assert "Of the 4 others it gets **50.0 %** right" in warning
    (info,) = [item.value for item in at.info if "Left out" in item.value]
    assert "4 pictures of 2 classes that the model does not know" in info and r"\*emu\*" in info
    assert "2 files or rows could not be read" in words(at)


def test_a_test_of_the_model_before_is_called_so(run: Run, empty: Open) -> None:
    kept(run, "one", outcome(edition=run.edition()))
    assert run.edition() and not opened(empty).warning
    kept(run, "two", outcome(edition="another"))
    at = opened(empty)
    box = next(box for box in at.selectbox if box.label == "Test")
    box.select_index(1 - box.index).run() if not at.warning else None
    assert "before the run was resumed" in at.warning[0].value


def test_where_all_was_seen_or_nobody_can_tell_it_is_said(run: Run, empty: Open) -> None:
    every = outcome(seen=tuple(f"{n:064x}" for n in range(8)))
    assert "Nothing here is new" in overlap_warning(every, WORDS["images"])
    kept(run, "one", outcome(seen=None))
    assert "cannot check" in words(opened(empty))


def test_one_that_is_at_work_can_be_stopped_and_its_run_not_deleted(run: Run, empty: Open) -> None:
    me = psutil.Process(os.getpid())
    alive = {"pid": me.pid, "started": me.create_time(), "done": 3, "total": 9}
    test = kept(run, "one", None, state="running", message="Asking the model", **alive)
    at = opened(empty)
    (stop,) = [button for button in at.button if button.label == "Stop"]
    stop.click().run()
    assert test.stop_requested() and "Stopping" in words(at)
    from pages.components.shared.trash.delete import discard

    with pytest.raises(RunError, match="tested on other data"):
        discard([run.folder])


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ({"state": "failed", "error": "None of these classes is known to the model."}, "None of these"),
        ({"state": "running", "pid": 1, "started": 5.0}, "was interrupted"),
        ({"state": "cancelled", "error": "The test was stopped."}, "It has no result"),
    ],
)
def test_one_that_ended_badly_says_why_and_is_put_away(
    run: Run, empty: Open, status: dict[str, object], said: str
) -> None:
    test = kept(run, "one", None, **status)
    at = opened(empty)
    assert said in words(at)
    (dismiss,) = [button for button in at.button if button.label == "Dismiss"]
    dismiss.click().run()
    assert not at.exception and not test.folder.exists()


def test_a_data_set_that_is_here_already_can_be_asked(
    run: Run, empty: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not [
        box for box in opened(empty).selectbox if box.label.startswith("Or choose a data set")
    ]  # only its own
    other = write_data(Workspace().root, "birds-20260301-100000-0001", "Birds <b>")
    started: list[list[str]] = []
    monkeypatch.setattr(BACKEND, "start", lambda job, arguments: started.append(arguments))
    at = opened(empty)
    (box,) = [box for box in at.selectbox if box.label.startswith("Or choose a data set")]
    assert box.options == ["Birds <b>"]
    (button,) = [button for button in at.button if button.label == "Test"]
    button.click().run()
    assert not at.exception and started[0][:4] == ["evaluate", str(run.folder), str(other), "--job"]
    assert Path(started[0][4]).parent == run.folder / FOLDER


def test_so_many_are_kept_and_no_more(run: Run, empty: Open) -> None:
    for number in range(MOST):
        kept(run, str(number), outcome(count=2))
    at = opened(empty)
    assert not at.get("bidi_component") and "Delete one to make room" in words(at)


def test_texts_come_as_a_table_whose_columns_may_be_named(
    written: Written, tmp_path: Path, empty: Open
) -> None:
    own = written.copy(tmp_path / "workspace")
    at = opened(empty, own.run.id)
    assert {box.label for box in at.text_input} == {"Column with the texts", "Column with the classes"}
    assert "picture" not in words(at)
