"""`experiment` where several runs train at a time: all arms are handed in at once, and stop together."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.commands.test_experiment import BOTH, command
from tests.fixtures.tiny_training import Graft
from tlcore import processes
from tlcore.runs.experiments.experiment import Experiment
from tlcore.runs.job import Status
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND


def test_where_several_train_at_a_time_all_arms_are_handed_in_once(
    graft: Graft, coloured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_in: list[str] = []

    def fail(run: Run) -> None:
        handed_in.append(run.id)
        (run.folder / "status.json").write_bytes(msgspec.json.encode(Status("failed", error="No room.")))

    monkeypatch.setattr(type(BACKEND), "is_wide", True)
    monkeypatch.setattr(BACKEND, "submit", fail)
    said = graft.call(*command(graft, coloured))
    assert said.code == 2 and f"{BOTH.split(',')[1]}: No room." in said.err
    assert handed_in == BOTH.split(",")


def test_where_several_train_at_a_time_a_stop_reaches_all(
    graft: Graft, coloured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    race, handed_in = Experiment(graft.home / "race"), list[str]()
    stopped: list[str] = []
    pid, started = processes.identity()

    def begin(run: Run) -> None:
        handed_in.append(run.id)
        status = Status("running", pid=pid, started=started)
        (run.folder / "status.json").write_bytes(msgspec.json.encode(status))
        if len(handed_in) == 2:
            race.request_stop()

    def stop(run: Run, grace: float) -> None:
        stopped.append(run.id)
        (run.folder / "status.json").write_bytes(msgspec.json.encode(Status("cancelled")))

    monkeypatch.setattr(type(BACKEND), "is_wide", True)
    monkeypatch.setattr(BACKEND, "submit", lambda run: None if run.id in handed_in else begin(run))
    monkeypatch.setattr(BACKEND, "cancel", stop)
    graft.call(*command(graft, coloured))
    assert stopped == handed_in == BOTH.split(",") and BACKEND.status(race).state == "cancelled"
