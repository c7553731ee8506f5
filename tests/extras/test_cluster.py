"""The contract of every backend: this machine, and a Ray cluster of two machines. Collected where Ray is."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks.hostile.kills.training import outcome
from tests.fixtures import SHORT
from tests.fixtures.ray_cluster import RayCluster, helper_of, processes_of
from tests.fixtures.tiny_training import draw, in_workspace, small
from tlcore import processes
from tlcore.commands.shared.datasets import open_data
from tlcore.config.augmentation import AugmentationConfig
from tlcore.plan import MachineSpeed, remember
from tlcore.runs.cluster import helping, lease
from tlcore.runs.job import ALIVE, JobState
from tlcore.runs.metrics import epochs
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import Backend
from tlcore.runs.workers.local_backend import LocalBackend, child_environment, command, worker_arguments
from tlcore.runs.workers.ray_backend import RayBackend
from tlcore.workspace import Workspace

EPOCHS = 60
VIEWS, PART = 8, 32  # of each picture to learn from; rows of a part
PATIENCE = 120.0  # seconds


@pytest.fixture(scope="module", autouse=True)
def workspace(tmp_path_factory: pytest.TempPathFactory, weights_folder: Path) -> Iterator[Workspace]:
    """One for all runs, so that the frozen part is computed once."""
    home = tmp_path_factory.mktemp("cluster")
    with pytest.MonkeyPatch.context() as patch, in_workspace(home, weights_folder, patch):
        patch.setenv("PYTHONPATH", SHORT)
        yield Workspace()


@pytest.fixture(scope="module")
def new_run(workspace: Workspace, coloured: Path) -> Callable[[], Run]:
    """A run that is prepared and not started."""
    dataset = open_data(coloured, workspace)
    count = iter(range(100))

    def make() -> Run:
        return Run.prepare(
            workspace.runs / f"run-{next(count)}", small(epochs=EPOCHS, data=str(dataset.folder))
        )

    return make


@pytest.fixture(scope="module")
def cluster(workspace: Workspace) -> Iterator[RayCluster]:
    """A head and two machines."""
    # A machine that ends takes the forks of its commands with it. Nobody reads what is printed on others.
    started = RayCluster({"PYTHONPATH": SHORT}, "--include-log-monitor=false")
    try:
        started.start()
        started.add_machine()
        started.add_machine()
        yield started
    finally:
        started.end()


@pytest.fixture
def ray(cluster: RayCluster) -> RayBackend:
    return RayBackend(cluster.address, cluster.token, LocalBackend())


@pytest.fixture(params=["local", "ray"])
def backend(request: pytest.FixtureRequest) -> Backend:
    if request.param == "local":
        return LocalBackend()
    made: RayBackend = request.getfixturevalue("ray")
    return made


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Run]:
    """A run with a large frozen part, in that folder; not started."""
    pictures = draw(tmp_path_factory.mktemp("large"), per_class=40, seed=1)

    def make(folder: Path) -> Run:
        dataset = open_data(pictures, Workspace())
        views = AugmentationConfig(views=VIEWS)
        return Run.prepare(
            folder, small(epochs=2, engine="keras", augmentation=views, data=str(dataset.folder))
        )

    return make


@pytest.fixture(scope="module")
def large_alone(tmp_path_factory: pytest.TempPathFactory, large: Callable[[Path], Run]) -> Run:
    """The same, begun on this machine alone, with a cache of its own. Other tests go on beside it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAFT_HOME", str(tmp_path_factory.mktemp("alone")))
        run = large(Workspace().runs / "large")
        LocalBackend().submit(run)
    return run


@pytest.fixture(scope="module")
def undisturbed(new_run: Callable[[], Run], large_alone: Run) -> dict[str, Any]:
    """Weights and report of a run that nobody disturbed, on this machine."""
    backend, run = LocalBackend(), new_run()
    backend.submit(run)
    wait(backend, run, "done")
    return outcome(run.folder)


def wait(backend: Backend, run: Run, *states: JobState) -> None:
    """Until it is in one of these states."""
    deadline = time.monotonic() + PATIENCE
    while (status := backend.status(run)).state not in states:
        assert status.state in ALIVE and time.monotonic() < deadline, (status, run.log.read_text()[-2000:])
        time.sleep(0.05)


def wait_for_epochs(backend: Backend, run: Run, least: int) -> None:
    """Until it has written so many more."""
    wanted = least + count_epochs(backend, run)
    wait_until(lambda: count_epochs(backend, run) >= wanted, backend, run)


def count_epochs(backend: Backend, run: Run) -> int:
    return len(epochs([row for _, row in backend.events(run)]))


def worker(run: Run) -> psutil.Process:
    """Its process: all machines of these tests are this one."""
    return psutil.Process(run.recorded().pid)


def test_a_run_starts_tells_stops_and_goes_on(
    backend: Backend, new_run: Callable[[], Run], undisturbed: dict[str, Any]
) -> None:
    run = new_run()
    assert backend.status(run).state == "new"
    backend.submit(run)
    assert backend.status(run).state in ALIVE
    backend.submit(run)
    wait_for_epochs(backend, run, 2)
    backend.cancel(run, grace=60)
    assert backend.status(run).state == "cancelled" and backend.status(run).attempt == 1
    assert 2 <= count_epochs(backend, run) < EPOCHS and not run.stop_requested()
    backend.submit(run)
    wait(backend, run, "done")
    assert outcome(run.folder) == undisturbed and count_epochs(backend, run) == EPOCHS


def test_a_run_whose_worker_is_killed_ends_with_the_same_weights(
    backend: Backend, new_run: Callable[[], Run], undisturbed: dict[str, Any]
) -> None:
    run = new_run()
    backend.submit(run)
    wait_for_epochs(backend, run, 2)
    worker(run).kill()
    if not backend.is_wide:  # a cluster goes on by itself
        wait(backend, run, "lost")
        backend.submit(run)
    wait(backend, run, "done")
    assert outcome(run.folder) == undisturbed and backend.status(run).attempt == 2


def test_a_run_whose_machine_dies_goes_on_at_another_one(
    ray: RayBackend, cluster: RayCluster, new_run: Callable[[], Run], undisturbed: dict[str, Any]
) -> None:
    run = new_run()
    ray.submit(run)
    wait_for_epochs(ray, run, 2)
    first = lease.read(run.folder)
    cluster.kill(cluster.machine_with(run.folder))
    cluster.add_machine()
    wait(ray, run, "done")
    second = lease.read(run.folder)
    assert first and second and first.token == second.token and first.node != second.node
    assert outcome(run.folder) == undisturbed


def test_machines_that_nobody_needs_help_with_a_large_frozen_part(
    ray: RayBackend, cluster: RayCluster, large: Callable[[Path], Run], large_alone: Run
) -> None:
    """One of them dies in the middle. The run itself stands still until then, so that something is left."""
    run = large(Workspace().runs / "large")
    remember(Workspace(), "images", MachineSpeed(1.0, "CPU"))  # as if it took days
    ray.submit(run)
    wait_until(lambda: helping.read(run.folder) is not None, ray, run)
    busy = worker(run)
    busy.suspend()
    try:
        wait_until(lambda: has_brought_a_part(run), ray, run)
        helper = helper_of(run, 2)
        assert helper is not None
        cluster.kill(cluster.machine_of(helper))
    finally:
        busy.resume()
    wait(ray, run, "done")
    ((mine, total),) = re.findall(r"(\d+) of (\d+) rows computed by keras", run.log.read_text())
    assert PART <= int(total) - int(mine) < int(total)
    wait(LocalBackend(), large_alone, "done")
    assert outcome(run.folder) == outcome(large_alone.folder)
    assert not (run.folder / helping.FOLDER).exists()
    psutil.wait_procs(helpers(cluster), timeout=PATIENCE)
    assert helpers(cluster) == []


def has_brought_a_part(run: Run) -> bool:
    """Tell whether a helper is at its second part; whoever asked renews nothing, so it is done here."""
    os.utime(run.folder / helping.FOLDER / helping.FILE)
    return helper_of(run, 2) is not None


def wait_until(is_so: Callable[[], bool], backend: Backend, run: Run) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, (backend.status(run), run.log.read_text()[-2000:])
        time.sleep(0.005)


def helpers(cluster: RayCluster) -> list[psutil.Process]:
    """Those at work."""
    return [one for machine in cluster.machines for one in processes_of(machine) if _helps(one)]


def _helps(process: psutil.Process) -> bool:
    try:
        return "help_out" in process.name() + " ".join(process.cmdline())
    except psutil.Error:  # it has just ended
        return False


def test_a_worker_that_comes_back_after_another_took_over_writes_nothing(
    new_run: Callable[[], Run], undisturbed: dict[str, Any]
) -> None:
    backend, run = LocalBackend(), new_run()
    token = lease.issue(run.folder, "http://head:8265").token
    old = work_under(run, token)
    wait_for_epochs(backend, run, 2)
    old.suspend()
    assert lease.vacate(run.folder, token)
    work_under(run, token)
    wait(backend, run, "done")
    before = content(run.folder)
    old.resume()
    psutil.wait_procs([old], timeout=PATIENCE)
    assert content(run.folder) == before and backend.status(run).attempt == 2
    assert outcome(run.folder) == undisturbed


def work_under(run: Run, token: str) -> psutil.Process:
    """A worker as a machine of a cluster has it."""
    return processes.spawn(
        command(worker_arguments(run)),
        run.log,
        child_environment() | {lease.TOKEN: token, "GRAFT_LOG": str(run.log)},
    )


def content(folder: Path) -> dict[str, tuple[int, str]]:
    """Of each file when it was written and what it holds; but for words of its libraries in the log."""
    return {
        str(file.relative_to(folder)): (
            file.stat().st_mtime_ns,
            hashlib.sha256(file.read_bytes()).hexdigest(),
        )
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != "train.log"
    }
