from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import psutil
import pytest

from tlcore import processes, system
from tlcore.runs.job import Job, Reporter, Status
from tlcore.runs.workers.backend import BACKEND, LocalBackend


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


def _write(job: Job, **changes: object) -> None:
    status = msgspec.structs.replace(Status("running", attempt=1), **changes)
    system.write_atomic(job.folder / "status.json", msgspec.json.encode(status))


def _ended() -> tuple[int, float]:
    """Identity of a process that is no more."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    identity = processes.identity(child.pid)
    child.communicate(b"\n")
    return identity


def test_a_folder_without_a_status_is_new(job: Job) -> None:
    assert BACKEND.status(job) == Status("new")
    (job.folder / "status.json").write_text("")
    assert BACKEND.status(job).state == "new"


def test_this_process_reports_and_is_believed(job: Job) -> None:
    reporter = Reporter(job)
    reporter.stage("features", "Working", total=10)
    reporter.device("CPU")
    reporter.progress(10, 10)
    status = BACKEND.status(job)
    assert (status.state, status.stage, status.done, status.total) == ("running", "features", 10, 10)
    assert (status.device, status.attempt) == ("CPU", 1)
    reporter.end("done", "Ready")
    assert (BACKEND.status(job).state, BACKEND.status(job).message) == ("done", "Ready")


def test_work_whose_process_is_gone_is_lost(job: Job) -> None:
    pid, started = _ended()
    for state in ("queued", "running"):
        _write(job, state=state, pid=pid, started=started)
        assert BACKEND.status(job).state == "lost"
    _write(job, state="done", pid=pid, started=started)
    assert BACKEND.status(job).state == "done"


def test_a_recycled_process_number_is_not_the_worker(job: Job) -> None:
    own = psutil.Process()
    _write(job, pid=own.pid, started=own.create_time() - 3600)
    assert BACKEND.status(job).state == "lost"


def test_a_zombie_is_lost(job: Job) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    pid, started = processes.identity(child.pid)
    _write(job, pid=pid, started=started)
    assert BACKEND.status(job).state == "running"
    assert child.stdin is not None
    child.stdin.close()
    while psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        pass
    assert BACKEND.status(job).state == "lost"
    child.wait()


def test_ended_after_it_was_asked_to_is_cancelled_and_not_lost(job: Job) -> None:
    pid, started = _ended()
    _write(job, pid=pid, started=started)
    job.request_stop()
    assert BACKEND.status(job).state == "cancelled"


def test_a_new_attempt_forgets_an_old_stop_and_old_parts(job: Job) -> None:
    _write(job, state="cancelled", device="GPU")
    job.request_stop()
    (job.folder / ".status.json.9.part").touch()
    reporter = Reporter(job)
    reporter.stage("queued", "Waiting", state="queued")
    assert not job.stop_requested()
    assert (BACKEND.status(job).attempt, BACKEND.status(job).device, BACKEND.status(job).state) == (
        2,
        "GPU",
        "queued",
    )
    assert [item.name for item in job.folder.iterdir()] == ["status.json"]


def test_work_begins_after_the_wait(job: Job) -> None:
    reporter = Reporter(job)
    reporter.stage("queued", "Waiting", state="queued")
    assert job.recorded().began == 0
    reporter.stage("loading", "Starting")
    began = job.recorded().began
    reporter.stage("training", "Training")
    reporter.end("done")
    assert job.recorded().began == began > 0


def test_an_answered_stop_is_taken_away(job: Job) -> None:
    reporter = Reporter(job)
    job.request_stop()
    reporter.end("cancelled", "Stopped")
    assert not job.stop_requested()
    assert BACKEND.status(job).state == "cancelled"


def test_time_left_follows_the_pace_of_this_attempt(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("tlcore.runs.job.time.monotonic", lambda: clock[0])
    reporter = Reporter(job)
    reporter.stage("training", "Training")
    for clock[0], done in ((101.0, 500), (102.0, 510)):  # resumed half way
        reporter.progress(done, 1000)
    assert job.recorded().seconds_left == pytest.approx(49.0)


def test_an_unknown_total_is_no_trouble(job: Job) -> None:
    reporter = Reporter(job)
    reporter.stage("backbone", "Downloading")
    reporter.progress(1000, 0)
    assert job.recorded().seconds_left is None


def test_killing_ends_the_worker(job: Job) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    pid, started = processes.identity(child.pid)
    _write(job, pid=pid, started=started)
    LocalBackend().kill(job)
    assert BACKEND.status(job).state == "lost"
    assert not processes.is_alive(pid, started)
    child.wait()
