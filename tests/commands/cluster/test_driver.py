"""The driver of a run inside a cluster, without Ray: its words for machines and tasks are played here."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.fixtures.tiny_training import small
from tlcore.commands.cluster import driver
from tlcore.commands.train import alone
from tlcore.errors import RunError
from tlcore.runs.cluster import lease as leases
from tlcore.runs.queue import turn
from tlcore.runs.run import Run
from tlcore.runs.workers.ray_backend import LINE
from tlcore.workspace import Workspace

Machine = dict[str, Any]


class PlayedError(Exception):
    """Ray's word for a process or a machine that died."""


class PlayedRay:
    """Ray, as far as the driver uses it: each task is the next of `ends`, called when it is placed."""

    exceptions = SimpleNamespace(RayError=PlayedError)

    def __init__(self, *ends: Callable[[], object], machines: tuple[Machine, ...] = ({"CPU": 1.0},)) -> None:
        self.ends = list(ends)
        self.machines = machines
        self.cancelled = 0

    def init(self, **ignored: Any) -> None: ...

    def nodes(self) -> list[Machine]:
        dead = [{"Alive": False, "NodeID": "cut off", "Resources": {"CPU": 1.0}}]
        return dead + [{"Alive": True, "NodeID": "", "Resources": machine} for machine in self.machines]

    def remote(self, **ignored: Any) -> Callable[[object], PlayedRay]:
        return lambda task: self

    def options(self, **ignored: Any) -> Any:
        return SimpleNamespace(remote=lambda folder, token: self.ends.pop(0)())

    def wait(self, places: list[object], timeout: float) -> tuple[list[object], list[object]]:
        return ([], places) if places == ["pending"] else (places, [])

    def get(self, place: object, timeout: float) -> object:
        if place in ("died", "pending"):
            raise PlayedError("Somebody pulled the plug.")
        return place

    def cancel(self, place: object, force: bool) -> None:
        self.cancelled += 1


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))
    monkeypatch.setenv(leases.TOKEN, "")
    yield Run.prepare(tmp_path / "runs" / "it", small(data=str(tmp_path / "data")))


def drive(run: Run, ray: PlayedRay, monkeypatch: pytest.MonkeyPatch, token: str = "") -> None:
    monkeypatch.setitem(sys.modules, "ray", ray)
    driver.main(str(run.folder), token or leases.issue(run.folder, "http://head").token)


@pytest.mark.parametrize(
    ("machines", "places", "each"),
    [
        (({"CPU": 0.0}, {"CPU": 8.0}, {"CPU": 8.0}), 2, {"num_cpus": 8}),
        (({"CPU": 4.0}, {"CPU": 16.0}), 5, {"num_cpus": 4}),
        (({"CPU": 8.0, "GPU": 2.0}, {"CPU": 8.0}), 2, {"num_gpus": 1, "num_cpus": 0}),
        ((), 0, {"num_cpus": 1}),
    ],
)
def test_a_run_has_a_gpu_or_a_machine(
    machines: tuple[Machine, ...], places: int, each: dict[str, float]
) -> None:
    assert driver.share(PlayedRay(machines=machines)) == (places, each)


def test_a_run_is_given_to_machines_until_one_ends_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ray = PlayedRay(lambda: "died", lambda: -9, lambda: 0, lambda: pytest.fail("once too often"))
    drive(run, ray, monkeypatch)
    held = leases.read(run.folder)
    assert len(ray.ends) == 1 and held is not None and not held.holder
    assert list((Workspace().queue / LINE).glob("*.ticket")) == []


def test_a_worker_that_lost_sight_of_its_lease_is_replaced(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ray = PlayedRay(lambda: leases.FENCED, lambda: 0)
    drive(run, ray, monkeypatch)
    assert ray.ends == []


def test_a_worker_whose_lease_is_gone_is_not(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fenced() -> int:
        leases.issue(run.folder, "http://head")
        return leases.FENCED

    drive(run, PlayedRay(fenced), monkeypatch)
    held = leases.read(run.folder)
    assert run.recorded().state == "new" and held is not None and not held.is_over


def test_a_run_whose_machine_is_cut_off_is_given_to_another(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = leases.issue(run.folder, "http://head").token
    monkeypatch.setenv(leases.NODE, "cut off")

    def stand_still() -> str:
        with leases.held(run.folder, token):
            pass
        os.utime(run.folder / leases.FILE, (0, 0))
        return "pending"

    ray = PlayedRay(stand_still, lambda: 0)
    drive(run, ray, monkeypatch, token)
    assert ray.ends == [] and ray.cancelled == 0


def test_a_run_that_ends_every_machine_fails(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    token = leases.issue(run.folder, "http://head").token

    def work() -> str:
        with leases.held(run.folder, token):
            driver.Reporter(run).stage("training", "Training")
        return "died"

    drive(run, PlayedRay(*[work] * driver.ATTEMPTS), monkeypatch, token)
    status = run.recorded()
    assert (status.state, status.error) == ("failed", driver.GIVEN_UP)
    assert status.lease == token and status.node
    assert run.log.read_text().count("Somebody pulled the plug.") == driver.ATTEMPTS


def test_a_run_is_stopped_while_it_waits(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run.request_stop()
    with turn(Workspace().queue / LINE, "somebody else", lambda ahead: False):
        drive(run, PlayedRay(), monkeypatch)
    assert (run.recorded().state, run.recorded().message) == ("cancelled", "Stopped while waiting")
    assert not run.stop_requested()


def test_a_run_is_stopped_before_a_machine_has_begun(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def pending() -> str:
        run.request_stop()
        return "pending"

    ray = PlayedRay(pending)
    drive(run, ray, monkeypatch)
    assert ray.cancelled == 1 and run.recorded().state == "cancelled"


def test_a_driver_whose_lease_is_gone_does_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    leases.issue(run.folder, "http://head")
    drive(run, PlayedRay(), monkeypatch, "0e")
    assert run.recorded().state == "new" and not (Workspace().queue / LINE).exists()


def test_nobody_resumes_here_what_trains_there(run: Run) -> None:
    leases.issue(run.folder, "http://head")
    with pytest.raises(RunError, match="at work on a cluster"), alone(run):
        pass
    os.utime(run.folder / leases.FILE, (0, 0))
    with alone(run):
        assert leases.read(run.folder) is None
