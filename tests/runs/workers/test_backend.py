"""The backend's promises, on real workers that wait in the queue: no TensorFlow is needed for them."""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures import ROOT
from tests.fixtures.rules import of_each
from tests.fixtures.tiny_training import Graft, small
from tlcore.commands.shared.datasets import open_data
from tlcore.errors import RunError
from tlcore.runs.job import Job
from tlcore.runs.metrics import MetricsLog
from tlcore.runs.queue import turn, waiting_names
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND, LocalBackend
from tlcore.workspace import Workspace

PAGES = sorted([ROOT / "app.py", *(ROOT / "pages").rglob("*.py")])


@pytest.fixture
def run(graft: Graft, coloured: Path) -> Iterator[Run]:
    """A prepared run whose turn does not come: the queue is taken."""
    workspace = Workspace()
    dataset = open_data(coloured, workspace)
    made = Run.prepare(workspace.runs / "waiting", small(data=str(dataset.folder)))
    with turn(workspace.queue, "somebody else", lambda ahead: False):
        yield made
        LocalBackend().kill(made)


def test_submitting_twice_starts_one_process(run: Run) -> None:
    assert BACKEND.status(run).state == "new"
    BACKEND.submit(run)
    assert BACKEND.status(run).state == "queued"
    first = BACKEND.status(run)
    BACKEND.submit(run)
    assert (BACKEND.status(run).pid, BACKEND.status(run).attempt) == (first.pid, 1)
    assert waiting_names(Workspace().queue) == ["somebody else", "waiting"]


def test_submitting_at_the_same_moment_starts_one_run(run: Run) -> None:
    problems: list[Exception] = []

    def submit() -> None:
        try:
            BACKEND.submit(run)
        except RunError as error:
            problems.append(error)

    threads = [threading.Thread(target=submit) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert BACKEND.status(run).state == "queued" and BACKEND.status(run).attempt == 1
    assert waiting_names(Workspace().queue) == ["somebody else", "waiting"]


def test_a_killed_run_is_lost_and_can_be_submitted_again(run: Run) -> None:
    BACKEND.submit(run)
    LocalBackend().kill(run)
    assert BACKEND.status(run).state == "lost"
    BACKEND.submit(run)
    assert BACKEND.status(run).state == "queued" and BACKEND.status(run).attempt == 2


def test_a_run_can_be_stopped_while_it_waits_and_submitted_again(run: Run) -> None:
    BACKEND.submit(run)
    BACKEND.cancel(run, grace=60)
    assert (BACKEND.status(run).state, BACKEND.status(run).message) == ("cancelled", "Stopped while waiting")
    assert not run.stop_requested()
    BACKEND.submit(run)
    assert BACKEND.status(run).state == "queued" and BACKEND.status(run).attempt == 2


def test_a_run_that_does_not_listen_is_ended(run: Run) -> None:
    BACKEND.submit(run)
    BACKEND.cancel(run, grace=0)
    assert BACKEND.status(run).state == "cancelled"


def test_cancelling_what_does_not_run_leaves_no_trace(run: Run) -> None:
    BACKEND.cancel(run)
    assert BACKEND.status(run).state == "new" and not run.stop_requested()


def test_events_can_be_taken_one_by_one(run: Run) -> None:
    log = MetricsLog(run.metrics)
    for epoch in (1, 2, 3):
        log.append({"epoch": epoch})
    log.close()
    position, first = next(iter(BACKEND.events(run)))
    assert first == {"epoch": 1}
    assert [row["epoch"] for _, row in BACKEND.events(run, position)] == [2, 3]


def test_why_it_could_not_be_started_is_said(tmp_path: Path, graft: Graft) -> None:
    with pytest.raises(RunError, match=r"could not be started\. There is no run in that folder"):
        BACKEND.start(Job(tmp_path / "job"), ["resume", str(tmp_path / "nothing")])


def test_an_earlier_step_is_not_why_it_could_not_be_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job(tmp_path / "job")
    job.folder.mkdir()
    job.log.write_text("All went well.\n")
    monkeypatch.setattr(
        "tlcore.runs.workers.local_backend.command", lambda arguments: [sys.executable, "-c", ""]
    )
    with pytest.raises(RunError, match=r"^The work could not be started\.$"):
        BACKEND.start(job, ["resume"])


@of_each(PAGES)
def test_pages_start_watch_and_stop_jobs_through_the_backend_alone(path: Path) -> None:
    allowed = {
        "tlcore.runs.job": {"ALIVE", "Job", "JobState", "Status"},
        "tlcore.runs.workers.backend": {"BACKEND", "any_alive"},
        "tlcore.runs.workers.local_backend": {"ask", "tail"},
    }
    past = {"request_stop", "record_failure", "kill", "kill_tree", "spawn", "converse", "is_alive"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module in allowed:
            assert {alias.name for alias in node.names} <= allowed[node.module]
        if isinstance(node, ast.Attribute):
            assert node.attr not in past
