"""Small runs on a cluster on this computer, and what each of them comes to where nothing dies."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.common.measure import Row
from tests.fixtures.ray_cluster import RayCluster
from tests.fixtures.tiny_training import draw, small
from tlcore.commands.shared.datasets import open_data
from tlcore.runs.metrics import epochs
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import Backend
from tlcore.runs.workers.local_backend import LocalBackend
from tlcore.runs.workers.ray_backend import RayBackend
from tlcore.workspace import Workspace

PATIENCE = 600.0  # seconds
# A machine counts as dead, and a head as gone, after a few seconds instead of a minute.
IMPATIENT = {
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "5000",
    "RAY_health_check_failure_threshold": "4",
    "RAY_gcs_rpc_server_reconnect_timeout_s": "10",
}


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


def started() -> RayCluster:
    """A head and two machines."""
    cluster = RayCluster(IMPATIENT).start()
    for _ in range(2):
        cluster.add_machine()
    return cluster


def backend_of(cluster: RayCluster) -> RayBackend:
    return RayBackend(cluster.address, cluster.token, LocalBackend())
