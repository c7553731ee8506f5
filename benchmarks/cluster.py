"""Runs on a Ray cluster when parts of it die: `python -m benchmarks.cluster [--quick]`.

A head and two machines, all of them processes of this computer, train small runs on few pictures. A head that
does not answer is asked about fifty runs. A machine stands still, as one without a network does, until
another has ended its run, and then goes on. Five arms of an experiment train on two machines, then on one. At
last the head is killed in the middle of a run, and another one started. It needs requirements-cluster.txt:
where Ray is not installed, it says so and does nothing. Prints JSON.
"""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from benchmarks.common.measure import Row, at_least, at_most, finish, machine, print_table, scratch
from benchmarks.common.options import Options
from tests.fixtures.ray_cluster import RayCluster, processes_of
from tests.fixtures.tiny_training import draw, small
from tlcore.commands.shared.datasets import open_data
from tlcore.runs.cluster import lease as leases
from tlcore.runs.job import ALIVE
from tlcore.runs.metrics import epochs
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import Backend
from tlcore.runs.workers.local_backend import LocalBackend, ask
from tlcore.runs.workers.ray_backend import RayBackend
from tlcore.workspace import Workspace

QUICK = {"epochs": 60, "sizes": "2,4"}
RUNS = 50  # that a head which does not answer is asked about
PATIENCE = 600.0  # seconds
# A machine counts as dead, and a head as gone, after a few seconds instead of a minute.
IMPATIENT = {
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "5000",
    "RAY_health_check_failure_threshold": "4",
    "RAY_gcs_rpc_server_reconnect_timeout_s": "10",
}
THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")


class Trial:
    """Runs on one data set, and what each of them comes to where nothing dies."""

    def __init__(self, folder: Path, epochs: int) -> None:
        self.workspace = Workspace()
        dataset = open_data(draw(folder / "pictures"), self.workspace)
        self.data, self.epochs, self._count = dataset.folder, epochs, 0
        run, local = self.new(), LocalBackend()
        local.submit(run)
        until(lambda: local.status(run).state == "done", run)
        self.model = weights(run)

    def new(self) -> Run:
        """A run that is not started."""
        self._count += 1
        config = small(epochs=self.epochs, data=str(self.data))
        return Run.prepare(self.workspace.runs / f"run-{self._count}", config)

    def begin(self, backend: Backend) -> Run:
        """A run that has ended its second epoch."""
        run = self.new()
        backend.submit(run)
        until(lambda: len(epochs(run.rows()[0])) >= 2, run)
        return run


def weights(run: Run) -> Row:
    from benchmarks.hostile.kills.training import outcome

    return outcome(run.folder)


def until(is_so: Callable[[], bool], run: Run) -> float:
    """Wait; the seconds.

    Raises:
        SystemExit: it does not come about.
    """
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > PATIENCE:
            raise SystemExit(f"{run.recorded()} after {PATIENCE:.0f} s\n{run.log.read_text()[-2000:]}")
        time.sleep(0.01)
    return time.monotonic() - began


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


def race(trial: Trial, cluster: RayCluster, sizes: str) -> Row:
    """Seconds of an experiment on the machines that there are."""
    count, folder = len(cluster.machines), trial.workspace.experiments / f"on-{len(cluster.machines)}"
    words = ["experiment", "amount", str(trial.data), "--out", str(folder), "--sizes", sizes, "--no-random"]
    os.environ.update(GRAFT_CLUSTER=cluster.address, GRAFT_CLUSTER_TOKEN=cluster.token)
    began = time.monotonic()
    said, code = ask([*words, "--epochs", str(trial.epochs), "--json"], folder.with_suffix(".log"))
    seconds = time.monotonic() - began
    for name in ("GRAFT_CLUSTER", "GRAFT_CLUSTER_TOKEN"):
        del os.environ[name]
    entries = json.loads(said.splitlines()[-1])["entries"] if not code else []
    return {
        "what": f"an experiment of {len(entries)} arms, machines: {count}",
        "seconds": seconds,
        "holds": bool(entries) and all(entry["state"] == "done" for entry in entries),
    }


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


def started() -> RayCluster:
    """A head and two machines."""
    cluster = RayCluster(IMPATIENT).start()
    for _ in range(2):
        cluster.add_machine()
    return cluster


def backend_of(cluster: RayCluster) -> RayBackend:
    return RayBackend(cluster.address, cluster.token, LocalBackend())


def memory(cluster: RayCluster) -> tuple[float, float]:
    """Gigabytes of the head, and of one machine without a worker; what processes share is counted once."""
    assert cluster.head is not None
    own = [
        sum(one.memory_full_info().pss for one in processes_of(it))
        for it in (cluster.head, *cluster.machines)
    ]
    return own[0] / 1e9, own[1] / 1e9


def measure(folder: Path, count: int, sizes: str) -> tuple[list[Row], tuple[float, float]]:
    """All of them, and the memory of an idle cluster."""
    trial = Trial(folder, count)
    rows = [unreachable(trial)]
    with started() as cluster:
        rows.append(comes_back(trial, cluster))
        weight = memory(cluster)
        rows.append(race(trial, cluster, sizes))
        cluster.kill(cluster.machines[0])
        rows.append(race(trial, cluster, sizes))
        rows += head_killed(trial, cluster)
    return rows, weight


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--epochs", type=int, default=300, help="of each run")
    options.set_defaults(sizes="2,4,6,8,10")
    args = options.read()
    if importlib.util.find_spec("ray") is None:
        print("Ray is not installed here: nothing was measured. It needs requirements-cluster.txt.")
        return
    before = machine()
    for name in THREADS:
        os.environ.setdefault(name, "1")
    with scratch() as folder:
        os.environ["GRAFT_HOME"] = str(folder / "workspace")
        rows, (head, each) = measure(folder, args.epochs, args.sizes)
    print_table("A cluster", ("", "seconds", "holds"), [tuple(row.values()) for row in rows])
    targets = [
        at_least("all of it holds", 1, float(all(row["holds"] for row in rows))),
        at_most("seconds lost to a head that does not answer", 3, rows[0]["seconds"]),
        at_least(
            "two machines are so many times as fast as one", 1.5, rows[3]["seconds"] / rows[2]["seconds"]
        ),
    ]
    found = {"targets": targets, "rows": rows, "gigabytes": {"head": head, "machine": each}}
    finish(args.quick, before, found)
    if not all(row["holds"] for row in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
