"""What a first model would get: the sentence, its parts, its progress, and whose estimate is shown."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import msgspec
import pytest
from streamlit.testing.v1 import AppTest

from pages.components.shared.datasets import preparation
from tests.fixtures.estimates import estimated, prepared
from tests.fixtures.planted_faults import pile, planted
from tests.pages.conftest import Open, words
from tlcore import memory, processes
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.task_words import WORDS
from tlcore.data.versions.edits import Exclude
from tlcore.data.versions.versions import change
from tlcore.errors import RunError
from tlcore.evaluate.analysis import Analysis
from tlcore.evaluate.estimate import record
from tlcore.evaluate.estimate.record import Estimate
from tlcore.runs.job import ALIVE, Job
from tlcore.runs.preparation import GAVE_WAY, Preparation, preparations_of
from tlcore.runs.queue import turn
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace

PICTURES = WORDS["images"]
ASK = "Estimate what a first model would get"
GO_ON = "Go on with the estimate"
ESTIMATE = Estimate(version=1, backbone="efficientnet_lite0", total=300)


def labels(at: AppTest) -> list[str]:
    assert not at.exception, at.exception
    return [button.label for button in at.button]


def sentences(at: AppTest) -> str:
    """The titles of all that can be opened."""
    return "\n".join(box.label for box in at.expander).replace("\N{NO-BREAK SPACE}", " ")


def unfolded(at: AppTest, dataset: Dataset, part: str = "classes") -> AppTest:
    at.session_state[f"estimate_{dataset.id}"] = True
    at.session_state[f"estimate_part_{dataset.id}"] = part
    at.run()
    assert not at.exception, at.exception
    return at


def test_one_sentence_says_what_to_expect(dataset: Dataset, empty: Open) -> None:
    found = estimated(dataset)
    at = empty("data")
    low, high = found.interval
    sentence = f"about **{100 * found.accuracy:.0f} % right** ({100 * low:.0f} to {100 * high:.0f} %)"
    assert sentence in sentences(at) and ASK not in labels(at)
    unfolded(at, dataset)
    assert "EfficientNet" in words(at) and "before any training" in words(at)


def test_each_part_has_its_sentence(dataset: Dataset, empty: Open) -> None:
    found = estimated(dataset, wrong=3)
    at = empty("data")
    assert "Hardest:" in words(unfolded(at, dataset))
    assert "a quarter" in words(unfolded(at, dataset, "curve")) and "half" in words(at)
    assert "3 pictures" in words(unfolded(at, dataset, "labels")) or "probably" in words(at)
    unfolded(at, dataset, "map")
    names = [component.proto.component_name for component in at.get("bidi_component")]
    assert "graft_map" in names and f"{len(found.analysis.points)} of 45 pictures shown" in words(at)


def test_an_estimate_of_another_version_is_never_shown(dataset: Dataset, empty: Open) -> None:
    estimated(dataset)
    change(dataset, Exclude((dataset.read().examples[1].key,)))
    at = empty("data")
    assert "A first model" not in sentences(at) and ASK in labels(at)
    stale = prepared(dataset)
    (stale.folder / "estimate.json").write_bytes(
        next(job for job in preparations_of(Workspace(), dataset, 1))
        .folder.joinpath("estimate.json")
        .read_bytes()
    )
    assert "A first model" not in sentences(at.run()) and not at.exception


def test_while_it_works_it_says_how_far_it_is_and_can_be_stopped(dataset: Dataset, empty: Open) -> None:
    pid, born = processes.identity()
    job = prepared(dataset, state="running", stage="features", done=21, total=60, pid=pid, started=born)
    at = empty("data")
    (bar,) = at.get("progress")
    assert bar.proto.text == r"Getting ready\: 21 of 60" and bar.proto.value == 35
    (stop,) = [button for button in at.button if button.key == f"stop_{job.id}"]
    stop.click().run()
    assert job.stop_requested() and not at.exception


@pytest.mark.parametrize(
    ("status", "button", "said"),
    [
        ({"state": "failed", "error": "The disk is *full*."}, "Go on with the estimate", r"\*full\*"),
        ({"state": "running", "pid": 2**22 + 1, "started": 1.0}, "Go on with the estimate", "interrupted"),
        ({"state": "cancelled"}, "Go on with the estimate", ""),
        ({"state": "done"}, ASK, ""),
    ],
)
def test_what_came_to_nothing_can_go_on(
    dataset: Dataset, empty: Open, status: dict[str, object], button: str, said: str
) -> None:
    prepared(dataset, **status)
    at = empty("data")
    assert button in labels(at) and said in words(at)


def test_one_that_gave_way_goes_on_by_itself(dataset: Dataset, empty: Open) -> None:
    paused = "Paused for a run; continues afterwards"
    prepared(dataset, state="cancelled", stage=GAVE_WAY, message=paused, updated=time.time())
    at = empty("data")
    (bar,) = at.get("progress")
    assert "continues afterwards" in bar.proto.text and ASK not in labels(at)


def test_one_that_gave_way_and_did_not_go_on_hides_nothing(dataset: Dataset, empty: Open) -> None:
    gone = prepared(dataset, state="cancelled", stage=GAVE_WAY, updated=time.time() - 60)
    at = empty("data")
    assert "Go on with the estimate" in labels(at) and not at.get("progress")
    estimated(dataset, config=RunConfig(input_size=96))
    os.utime(gone.folder / "config.json")
    assert "A first model" in sentences(at.run()), "the estimate of other settings is there"


def test_nothing_starts_by_itself_unless_examples_arrived(
    dataset: Dataset, empty: Open, started: list[list[str]]
) -> None:
    at = empty("data")
    assert started == [] and ASK in labels(at)
    preparation.start_on_arrival(dataset)
    at.run()
    (command,) = started
    assert command[:2] == ["prepare", str(dataset.folder)] and "--background" in command
    assert at.get("progress") and ASK not in labels(at)
    at.run()
    assert len(started) == 1


@pytest.mark.parametrize("why", ["off", "memory"])
def test_it_does_not_start_by_itself_on_small_machines(
    dataset: Dataset, empty: Open, started: list[list[str]], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if why == "off":
        monkeypatch.setenv("GRAFT_PREPARE", "0")
    else:
        monkeypatch.setattr(memory, "available_bytes", lambda: 10**9)
    at = empty("data")
    preparation.start_on_arrival(dataset)
    at.run()
    assert started == []
    at.button(key=f"estimate_now_{dataset.id}").click().run()
    assert len(started) == 1 and not at.exception


def test_an_edit_is_estimated_anew_with_the_same_backbone_unless_it_was_stopped(
    dataset: Dataset, empty: Open, started: list[list[str]]
) -> None:
    chosen = RunConfig(input_size=96)
    old = prepared(dataset, chosen, state="cancelled")
    change(dataset, Exclude((dataset.read().examples[1].key,)))
    empty("data")
    assert started == [], "who stopped it wants none"
    record.write(old.folder, ESTIMATE)
    at = empty("data")
    (job,) = preparations_of(Workspace(), dataset, 2)
    assert len(started) == 1 and not at.exception
    assert (job.config().input_size, job.config().data_version) == (96, 2)


def test_the_latest_wish_wins(dataset: Dataset, started: list[list[str]]) -> None:
    pid, born = processes.identity()
    first = prepared(dataset, state="running", pid=pid, started=born)
    config = msgspec.structs.replace(RunConfig(), data_version=1, input_size=96)
    preparation.start(dataset, config)
    assert first.stop_requested() and len(started) == 1
    preparation.start(dataset, config)
    assert len(started) == 1, "it is at work already"


def test_another_tab_that_was_quicker_is_no_error(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    pid, born = processes.identity()

    def beaten(job: Job, arguments: list[str]) -> None:
        (job.folder / "status.json").write_text(json.dumps({"state": "running", "pid": pid, "started": born}))
        raise RunError("This preparation is at work already.")

    monkeypatch.setattr(BACKEND, "start", beaten)
    preparation.start(dataset, RunConfig())
    job = preparation.current(dataset, 1)
    assert job is not None and preparation.refusal(job) is None


def test_why_it_could_not_be_started_is_said(
    dataset: Dataset, empty: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(job: Job, arguments: list[str]) -> None:
        raise RunError("There is *no* memory.")

    monkeypatch.setattr(BACKEND, "start", refuse)
    at = empty("data")
    at.button(key=f"estimate_now_{dataset.id}").click().run()
    assert [error.value for error in at.error] == [r"There is \*no\* memory\."] and ASK in labels(at)


REST = [("map", "The map is not drawn yet."), ("labels", "The labels are not checked yet.")]


@pytest.mark.parametrize(("part", "missing"), REST)
def test_the_scores_are_shown_before_the_rest(dataset: Dataset, empty: Open, part: str, missing: str) -> None:
    pid, born = processes.identity()
    job = prepared(dataset, state="running", stage="estimate", pid=pid, started=born)
    scores = msgspec.structs.replace(estimated(Dataset(dataset.folder)), analysis=Analysis())
    record.write(job.folder, scores)
    told = {"state": "running", "stage": "estimate", "pid": pid, "started": born}
    (job.folder / "status.json").write_text(json.dumps(told))
    at = empty("data")
    assert "A first model" in sentences(at) and not at.get("progress")
    assert missing in words(unfolded(at, dataset, part)) and GO_ON not in labels(at)


@pytest.mark.parametrize(("part", "missing"), REST)
@pytest.mark.parametrize("status", [{"state": "cancelled"}, {"state": "failed", "error": "No *memory*."}])
def test_the_rest_can_be_made_later(
    dataset: Dataset, empty: Open, started: list[list[str]], status: dict[str, str], part: str, missing: str
) -> None:
    found = estimated(dataset)
    (job,) = preparations_of(Workspace(), dataset)
    record.write(job.folder, msgspec.structs.replace(found, analysis=Analysis()))
    (job.folder / "status.json").write_text(json.dumps(status))
    at = unfolded(empty("data"), dataset, part)
    assert [error.value for error in at.error] == ([r"No \*memory\*\."] if "error" in status else [])
    at.button(key=f"estimate_rest_{dataset.id}").click().run()
    assert len(started) == 1 and GO_ON not in labels(at)
    assert "A first model" in sentences(at) and missing in words(at), "the scores stay meanwhile"


def test_the_model_page_prepares_for_what_is_chosen(
    dataset: Dataset, empty: Open, started: list[list[str]]
) -> None:
    at = empty("model")
    assert len(started) == 1 and not at.exception
    assert len(preparations_of(Workspace(), dataset, 1)) == 1
    at.run()
    assert len(started) == 1, "nothing else was chosen"


def test_data_that_cannot_be_trained_on_have_no_estimate(
    tmp_path: Path, empty: Open, started: list[list[str]]
) -> None:
    planted(pile(3, 5))
    at = empty("data")
    assert ASK not in labels(at) and started == []


def test_started_for_real_it_waits_for_runs_and_can_be_stopped(dataset: Dataset, empty: Open) -> None:
    (dataset.folder / "files").mkdir()
    at = empty("data")
    with turn(Workspace().queue, "a run", lambda ahead: False):
        at.button(key=f"estimate_now_{dataset.id}").click().run()
        (job,) = preparations_of(Workspace(), dataset, 1)
        deadline = time.monotonic() + 60
        while "Waiting for a run to end" not in BACKEND.status(job).message:
            assert preparation.is_busy(job) and time.monotonic() < deadline
        at.run()
        (bar,) = at.get("progress")
        assert "Waiting for a run to end" in bar.proto.text
        at.button(key=f"stop_{job.id}").click().run()
        while BACKEND.status(job).state in ALIVE:
            assert time.monotonic() < deadline
    assert BACKEND.status(job).state == "cancelled" and not at.exception


def test_a_preparation_in_the_way_of_no_other(dataset: Dataset) -> None:
    other = Dataset(dataset.folder.with_name("planted-2"))
    other.folder.mkdir()
    other.write(dataset.read())
    mine, theirs = prepared(dataset), prepared(other)
    assert isinstance(mine, Preparation) and mine.folder != theirs.folder
    assert preparation.current(dataset, 1).folder == mine.folder  # type: ignore[union-attr]
