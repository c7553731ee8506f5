"""`measure`: a real model is timed; what cannot be is said; waiting can be stopped."""

from __future__ import annotations

import shutil
import time

import msgspec

from tests.fixtures.tiny_training import Graft, Trained, small
from tlcore import config as configuration
from tlcore.runs import run_records
from tlcore.runs.job import Job
from tlcore.runs.queue import turn
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace


def test_a_model_is_timed_and_one_without_its_data_has_its_reason(graft: Graft, trained: Trained) -> None:
    good, bad = (Run(shutil.copytree(trained.folder, graft.home / name)) for name in ("good", "bad"))
    lost = msgspec.structs.replace(bad.config(), data=str(graft.home / "lost"))
    (bad.folder / "config.json").write_bytes(configuration.to_json(lost))
    said = graft.call("measure", bad.folder, good.folder, "--json")
    assert said.code == 0, said.err
    (measured,) = said.json["measured"]
    found = run_records.read_speed(good.folder)
    assert found is not None and {"run": "good"} | msgspec.to_builtins(found) == measured
    assert 0 < found.milliseconds_model <= found.milliseconds and found.parameters > 1_000_000
    (failed,) = said.json["failed"]
    assert failed["run"] == "bad" and "data set was deleted" in failed["error"]
    assert run_records.read_speed(bad.folder) is None
    status = BACKEND.status(Job(Workspace().cache / "measure"))
    assert (status.state, status.error) == ("done", failed["error"])


def test_mistakes_are_said_before_anything_is_measured(graft: Graft, trained: Trained) -> None:
    unfinished = Run.prepare(graft.home / "run", small())
    for run, words in ((graft.home / "none", "no run in that folder"), (unfinished.folder, "no model yet")):
        said = graft.call("measure", trained.folder, run)
        assert (said.code, said.out) == (2, "") and words in said.err and said.err.count("\n") == 1
    assert run_records.read_speed(trained.folder) is None


def test_it_waits_for_a_run_can_be_stopped_and_is_one_at_a_time(graft: Graft, trained: Trained) -> None:
    job = Job(Workspace().cache / "measure")
    with turn(Workspace().queue, "a run", lambda ahead: True):
        process = graft.spawn("measure", trained.folder)
        while BACKEND.status(job).message != "Waiting for a run to end":
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        said = graft.call("measure", trained.folder)
        assert said.code == 2 and "already" in said.err
        job.request_stop()
        out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "Stopped.\n")
    assert BACKEND.status(job).state == "cancelled" and run_records.read_speed(trained.folder) is None
