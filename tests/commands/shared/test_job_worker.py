"""Waiting for a turn: what is written down meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.tiny_training import Graft
from tlcore.commands.shared import job_worker
from tlcore.runs.job import Job, JobState, Reporter
from tlcore.runs.queue import waiting_names
from tlcore.workspace import Workspace


def test_the_wait_is_written_down_when_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job, messages = Job(tmp_path), []
    reporter = Reporter(job)
    monkeypatch.setattr(reporter, "stage", lambda stage, message, **_: messages.append(message))
    waiting = job_worker._waiting(job, reporter, "run")
    assert all(waiting(ahead) for ahead in (2, 2, 2, 1, 1))
    assert messages == ["Waiting for 2 others to end", "Waiting for another run to end"]
    job.request_stop()
    assert not waiting(1)


def test_a_job_that_has_reported_is_in_line(graft: Graft) -> None:
    """Others ask the line who needs the machine; a report before it stands there would make it look free."""
    job, reports = Job(Workspace().runs / "one"), []
    job.folder.mkdir(parents=True)

    def work(reporter: Reporter) -> tuple[JobState, str]:
        return "done", ""

    class Watched(Reporter):
        def stage(self, stage: str, *args: object, **options: object) -> None:
            reports.append((stage, waiting_names(Workspace().queue)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job_worker, "Reporter", Watched)
        job_worker.in_turn(job, "one", work)
    assert reports == [("loading", ["one"])]
