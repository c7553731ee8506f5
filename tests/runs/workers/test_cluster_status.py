"""The status of a run elsewhere: what its folder, its lease and the cluster say together."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec
import pytest

from tlcore.runs.cluster import lease as leases
from tlcore.runs.cluster.jobs_api import JobLife
from tlcore.runs.cluster.lease import Lease
from tlcore.runs.job import Job, JobState, Status
from tlcore.runs.workers.cluster_status import MOVING, WAITING, status_under
from tlcore.runs.workers.local_backend import LocalBackend

OURS, EARLIER = "0f", "0e"


def written(folder: Path, lease: Lease, status: Status | None, seconds_ago: float = 0.0) -> Job:
    (folder / leases.FILE).write_bytes(msgspec.json.encode(lease))
    moment = time.time() - seconds_ago
    os.utime(folder / leases.FILE, (moment, moment))
    if status:
        (folder / "status.json").write_bytes(msgspec.json.encode(status))
    return Job(folder)


HELD, FREE = Lease(OURS, "http://head", "a"), Lease(OURS, "http://head")
OVER = Lease(OURS, "http://head", is_over=True)
RUNNING = Status("running", lease=OURS, pid=1, attempt=2)
OLD = leases.EXPIRES + 5


@pytest.mark.parametrize(
    ("lease", "status", "seconds_ago", "life", "state", "message"),
    [
        (HELD, RUNNING, 0, "alive", "running", ""),
        (HELD, RUNNING, 0, None, "running", ""),
        (HELD, RUNNING, OLD, "alive", "queued", MOVING),
        (FREE, RUNNING, 0, "alive", "queued", MOVING),
        (HELD, RUNNING, OLD, None, "lost", ""),
        (HELD, RUNNING, 0, "over", "lost", ""),
        (HELD, Status("done", lease=OURS), OLD, None, "done", ""),
        (HELD, Status("failed", lease=OURS), 0, "alive", "failed", ""),
        (FREE, None, 0, "alive", "queued", WAITING),
        (FREE, None, OLD, None, "lost", ""),
        (FREE, Status("cancelled", lease=EARLIER), 0, None, "queued", WAITING),
        (FREE, Status("cancelled", pid=1), 0, "alive", "queued", WAITING),
        (OVER, RUNNING, 0, "alive", "lost", ""),
    ],
)
def test_folder_lease_and_cluster_make_the_status(
    tmp_path: Path,
    lease: Lease,
    status: Status | None,
    seconds_ago: float,
    life: JobLife | None,
    state: JobState,
    message: str,
) -> None:
    found = status_under(lease, written(tmp_path, lease, status, seconds_ago), lambda: life)
    assert (found.state, found.message) == (state, message)


def test_what_was_asked_to_stop_is_cancelled_and_not_lost(tmp_path: Path) -> None:
    job = written(tmp_path, OVER, RUNNING)
    job.request_stop()
    assert status_under(OVER, job, lambda: "alive").state == "cancelled"


def test_this_machine_looks_for_no_process_of_another_one(tmp_path: Path) -> None:
    own = Status("running", lease=OURS, pid=os.getpid(), started=time.time())
    job = written(tmp_path, HELD, own)
    assert LocalBackend().status(job).state == "running"
    LocalBackend().kill(job)
    assert LocalBackend().status(job).state == "lost"
    leases.drop(tmp_path)
    assert LocalBackend().status(job).state == "lost"
