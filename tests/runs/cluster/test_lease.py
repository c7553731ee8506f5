"""The lease of a run elsewhere, with real processes; none of them loads TensorFlow."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.fixtures import ROOT
from tlcore import system
from tlcore.errors import RunError
from tlcore.runs.cluster import lease as leases
from tlcore.runs.job import Job

WRITER = """
import sys, time
from pathlib import Path
from tlcore.runs.cluster import lease as leases
from tlcore.runs.job import Job, Reporter
from tlcore.runs.metrics import MetricsLog

leases.RENEW_EVERY = 0.02
folder, token = Path(sys.argv[1]), leases.own_token()
with leases.held(folder, token):
    reporter, log, epoch = Reporter(Job(folder)), MetricsLog(folder / "metrics.jsonl"), 0
    print("held", flush=True)
    while True:
        epoch += 1
        log.append({"epoch": epoch})
        reporter.stage("training", f"Epoch {epoch}")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def writer(folder: Path, token: str, script: str = WRITER) -> subprocess.Popen[str]:
    """A worker that writes all the time, once it holds the lease."""
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(folder)],
        env={**os.environ, leases.TOKEN: token, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None and child.stdout.readline() == "held\n"
    return child


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.suffix != ".part"}


def test_a_worker_that_was_cut_off_writes_nothing_after_another_took_over(folder: Path) -> None:
    token = leases.issue(folder, "http://head").token
    old = writer(folder, token)
    psutil.Process(old.pid).suspend()
    with leases.held(folder, token):
        Job(folder).request_stop()
        before = content(folder)
        psutil.Process(old.pid).resume()
        assert old.wait(timeout=60) == leases.FENCED
        assert content(folder) == before


def test_a_worker_ends_when_what_started_it_is_killed(folder: Path) -> None:
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {WRITER!r}, *sys.argv[1:]])"
    above = writer(folder, leases.issue(folder, "http://head").token, script)
    (worker,) = psutil.Process(above.pid).children()
    above.kill()
    above.wait()
    psutil.wait_procs([worker], timeout=60)
    assert not worker.is_running()


def test_whoever_has_an_older_lease_does_not_begin(folder: Path) -> None:
    old = leases.issue(folder, "http://head").token
    leases.issue(folder, "http://head")
    assert not leases.vacate(folder, old)
    with pytest.raises(RunError, match="went on elsewhere"), leases.held(folder, old):
        pass


def test_nobody_has_a_lease_that_was_ended_or_dropped(folder: Path) -> None:
    token = leases.issue(folder, "http://head").token
    leases.end(folder)
    assert not leases.vacate(folder, token) and not leases.is_alive(folder)
    leases.drop(folder)
    leases.end(folder)
    assert not leases.vacate(folder, token) and leases.read(folder) is None


def test_it_is_alive_while_it_is_renewed_whatever_our_clock_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = leases.issue(folder, "http://head").token
    now = time.time
    monkeypatch.setattr("tlcore.runs.cluster.lease.time.time", lambda: now() + 3600)
    assert leases.is_alive(folder)
    os.utime(folder / leases.FILE, (0, now() - leases.EXPIRES - 1))
    assert not leases.is_alive(folder)
    monkeypatch.setattr(leases, "RENEW_EVERY", 0.01)
    with leases.waiting(folder, token):
        while not leases.is_alive(folder):
            time.sleep(0.01)


def test_the_fence_is_taken_down_behind_the_worker(folder: Path) -> None:
    with leases.held(folder, leases.issue(folder, "http://head").token):
        system.write_atomic(folder / "it", b"ours")
    leases.issue(folder, "http://head")
    system.write_atomic(folder / "it", b"still here")
    assert (folder / "it").read_bytes() == b"still here"
