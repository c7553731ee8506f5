"""The backend's promises, on real workers that wait in the queue: no TensorFlow is needed for them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.tiny_training import Graft, small
from tlcore.commands.shared.datasets import open_data
from tlcore.errors import RunError
from tlcore.runs.backend import Backend, LocalBackend, start
from tlcore.runs.job import Job
from tlcore.runs.metrics import MetricsLog
from tlcore.runs.queue import turn, waiting_names
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

BACKEND: Backend = LocalBackend()


@pytest.fixture
def run(graft: Graft, coloured: Path) -> Iterator[Run]:
    """A prepared run whose turn does not come: the queue is taken."""
    workspace = Workspace()
    dataset = open_data(coloured, workspace)
    made = Run.prepare(workspace.runs / "waiting", small(data=str(dataset.folder)))
    with turn(workspace.queue, "somebody else", lambda ahead: False):
        yield made
        made.kill()


def test_submitting_twice_starts_one_process(run: Run) -> None:
    assert BACKEND.status(run) == "new"
    BACKEND.submit(run)
    assert BACKEND.status(run) == "queued"
    first = run.status()
    BACKEND.submit(run)
    assert (run.status().pid, run.status().attempt) == (first.pid, 1)
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
    assert BACKEND.status(run) == "queued" and run.status().attempt == 1
    assert waiting_names(Workspace().queue) == ["somebody else", "waiting"]


def test_a_killed_run_is_lost_and_can_be_submitted_again(run: Run) -> None:
    BACKEND.submit(run)
    run.kill()
    assert BACKEND.status(run) == "lost"
    BACKEND.submit(run)
    assert BACKEND.status(run) == "queued" and run.status().attempt == 2


def test_a_run_can_be_stopped_while_it_waits_and_submitted_again(run: Run) -> None:
    BACKEND.submit(run)
    BACKEND.cancel(run, grace=60)
    assert (BACKEND.status(run), run.status().message) == ("cancelled", "Stopped while waiting")
    assert not run.stop_requested()
    BACKEND.submit(run)
    assert BACKEND.status(run) == "queued" and run.status().attempt == 2


def test_a_run_that_does_not_listen_is_ended(run: Run) -> None:
    BACKEND.submit(run)
    BACKEND.cancel(run, grace=0)
    assert BACKEND.status(run) == "cancelled"


def test_cancelling_what_does_not_run_leaves_no_trace(run: Run) -> None:
    BACKEND.cancel(run)
    assert BACKEND.status(run) == "new" and not run.stop_requested()


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
        start(Job(tmp_path / "job"), ["resume", str(tmp_path / "nothing")])
