"""Flowers with thumbnails, and preparations of them that are only written down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fixtures.analysed_run import flowers
from tlcore import memory, processes
from tlcore.data.dataset import Dataset
from tlcore.runs.job import Job
from tlcore.runs.workers.backend import BACKEND


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "workspace"))
    return flowers(thumbnails=60)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have been started; a preparation is at work in this process instead."""
    commands: list[list[str]] = []
    pid, born = processes.identity()

    def start(job: Job, arguments: list[str]) -> None:
        commands.append(arguments)
        told = {"state": "running", "pid": pid, "started": born}
        (job.folder / "status.json").write_text(json.dumps(told))

    monkeypatch.setattr(BACKEND, "start", start)
    monkeypatch.setattr(memory, "available_bytes", lambda: 10**10)
    monkeypatch.setenv("GRAFT_PREPARE", "1")
    return commands
