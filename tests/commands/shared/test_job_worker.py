"""Waiting for a turn: what is written down meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from tlcore.commands.shared import job_worker
from tlcore.runs.job import Job, Reporter


def test_the_wait_is_written_down_when_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job, messages = Job(tmp_path), []
    reporter = Reporter(job)
    monkeypatch.setattr(reporter, "stage", lambda stage, message, **_: messages.append(message))
    waiting = job_worker._waiting(job, reporter, "run")
    assert all(waiting(ahead) for ahead in (2, 2, 2, 1, 1))
    assert messages == ["Waiting for 2 others to end", "Waiting for another run to end"]
    job.request_stop()
    assert not waiting(1)
