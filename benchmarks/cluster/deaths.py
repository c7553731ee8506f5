"""Parts of a cluster that do not answer, stand still, or die."""

from __future__ import annotations

import socket
import time

import psutil

from benchmarks.cluster.trial import Trial, backend_of, started, until, weights
from benchmarks.common.measure import Row
from tests.fixtures.ray_cluster import RayCluster
from tlcore.runs.cluster import lease as leases
from tlcore.runs.job import ALIVE
from tlcore.runs.run import Run
from tlcore.runs.workers.local_backend import LocalBackend
from tlcore.runs.workers.ray_backend import RayBackend

RUNS = 50  # that a head which does not answer is asked about


def unreachable(trial: Trial) -> Row:
    """Seconds that pages lose to a head that takes the call and says nothing."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        backend, runs = RayBackend(address, "", LocalBackend()), [trial.new() for _ in range(RUNS)]
        for run in runs:
            leases.issue(run.folder, address)
        began = time.perf_counter()
        states = {backend.status(run).state for run in runs}
        return {
            "what": f"a head that does not answer: the states of {RUNS} runs",
            "seconds": time.perf_counter() - began,
            "holds": states == {"queued"} and backend.notice() != "",
        }


def comes_back(trial: Trial, cluster: RayCluster) -> Row:
    """A machine stands still until another one has ended its run; then it goes on."""
    backend = backend_of(cluster)
    run = trial.begin(backend)
    first, place = leases.read(run.folder), cluster.machine_of(run.recorded().pid)
    frozen = cluster.freeze(place)
    began = time.monotonic()
    until(lambda: leases.read(run.folder) != first and bool(holder(run)), run)
    seconds = time.monotonic() - began
    until(lambda: backend.status(run).state == "done", run)
    before = written(run)
    for process in reversed(frozen):
        process.resume()
    psutil.wait_procs(frozen[1:], timeout=60)  # Ray itself ends a machine that it has given up
    holds = written(run) == before and weights(run) == trial.model
    cluster.kill(place)
    cluster.add_machine()
    return {
        "what": "a machine stands still, and comes back after another took over",
        "seconds": seconds,
        "holds": holds,
    }


def holder(run: Run) -> str:
    lease = leases.read(run.folder)
    return lease.holder if lease else ""


def written(run: Run) -> dict[str, int]:
    """When each file of a run was written."""
    files = [file for file in run.folder.rglob("*") if file.is_file() and file != run.log]
    return {str(file): file.stat().st_mtime_ns for file in files}


def head_killed(trial: Trial, cluster: RayCluster) -> tuple[Row, ...]:
    """Seconds from the end of the head until its run counts as lost; then a new cluster ends it."""
    backend = backend_of(cluster)
    run = trial.begin(backend)
    assert cluster.head is not None
    cluster.kill(cluster.head)
    seconds = until(lambda: backend.status(run).state not in ALIVE, run)
    lost = {"what": "the head is killed: its run is lost", "seconds": seconds, "holds": not run.has_model}
    cluster.end()
    with started() as another:
        backend, began = backend_of(another), time.monotonic()
        backend.submit(run)
        until(lambda: backend.status(run).state == "done", run)
        done = {
            "what": "another head: the run goes on to its end",
            "seconds": time.monotonic() - began,
            "holds": weights(run) == trial.model,
        }
    return lost, done
