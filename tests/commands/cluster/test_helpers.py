"""The helpers of a run, without Ray: its words for machines and tasks are played here."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.fixtures.tiny_training import small
from tlcore.commands.cluster import help_driver
from tlcore.commands.cluster.helpers import DEATHS, HELPED, Helpers
from tlcore.runs.cluster import helping
from tlcore.runs.cluster.helping import FrozenWork, HelpRequest
from tlcore.runs.queue import turn
from tlcore.runs.run import Run
from tlcore.runs.workers.ray_backend import LINE
from tlcore.workspace import Workspace

REQUEST = HelpRequest(FrozenWork("lite0-0123456789abcdef", 0, 32), 64, 5)


class Death(Exception):
    """Ray's word for a process or a machine that died."""


class Cluster:
    """Ray with some machines, as far as the helpers use it; `ends` are those tasks that are over by now."""

    exceptions = SimpleNamespace(RayError=Death)

    def __init__(self, machines: int) -> None:
        self.machines = machines
        self.at_work: list[int] = []
        self.ends: dict[int, int | Death] = {}
        self.started = 0

    def init(self, **ignored: Any) -> None: ...

    def nodes(self) -> list[dict[str, Any]]:
        return [{"Alive": True, "Resources": {"CPU": 2.0}} for _ in range(self.machines)]

    def remote(self, **ignored: Any) -> Any:
        return lambda task: SimpleNamespace(options=lambda **wanted: SimpleNamespace(remote=self._start))

    def _start(self, folder: str) -> int:
        self.started += 1
        self.at_work.append(self.started)
        return self.started

    def cancel(self, task: int, force: bool) -> None:
        self.at_work.remove(task)

    def wait(self, tasks: list[int], num_returns: int, timeout: float) -> tuple[list[int], list[int]]:
        return [task for task in tasks if task in self.ends], [
            task for task in tasks if task not in self.ends
        ]

    def get(self, task: int, timeout: float) -> int:
        self.at_work.remove(task)
        end = self.ends[task]
        if isinstance(end, Death):
            raise end
        return end


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """A run that has its turn."""
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))
    made = Run.prepare(tmp_path / "runs" / "it", small(data=str(tmp_path / "data")))
    with in_line("it"):
        yield made


@contextlib.contextmanager
def in_line(name: str, line: str = LINE) -> Iterator[None]:
    with turn(Workspace().shared.queue / line, name, lambda ahead: False):
        yield


def test_a_run_that_asks_for_nothing_has_none(run: Run) -> None:
    cluster = Cluster(4)
    Helpers(cluster, run).look()
    assert cluster.started == 0


def test_helpers_have_the_machines_that_nobody_needs(run: Run) -> None:
    cluster = Cluster(4)
    helpers = Helpers(cluster, run)
    with helping.asked(run.folder, REQUEST):
        helpers.look()
        assert len(cluster.at_work) == 3
        with in_line("another"):  # two machines are left for two runs
            helpers.look()
            assert len(cluster.at_work) == 1
            with in_line("a third"), in_line("a fourth"):
                helpers.look()
                assert cluster.at_work == []
        helpers.look()
        assert len(cluster.at_work) == 3
        cluster.machines = 8
        helpers.look()
        assert len(cluster.at_work) == REQUEST.most
    helpers.look()
    assert cluster.at_work == []


def test_what_is_left_over_goes_to_the_first_in_line(run: Run) -> None:
    cluster, other = Cluster(3), Run.prepare(run.folder.parent / "other", small())
    with in_line("other"), helping.asked(run.folder, REQUEST), helping.asked(other.folder, REQUEST):
        for one in (Helpers(cluster, other), Helpers(cluster, run)):
            one.look()
    assert cluster.at_work == [1]


def test_a_job_of_the_machine_with_the_pages_counts_as_a_run_does(run: Run) -> None:
    cluster, job = Cluster(4), Run.prepare(run.folder.parent / "a preparation", small())
    helpers, others = Helpers(cluster, run), Helpers(cluster, job)
    with helping.asked(run.folder, REQUEST), helping.asked(job.folder, REQUEST), in_line(job.id, HELPED):
        helpers.look()
        assert len(cluster.at_work) == 2
        others.look()
        assert len(cluster.at_work) == 3
        with in_line("another"), in_line("a third"), in_line("a fourth"):
            helpers.look()
            others.look()
            assert cluster.at_work == []


def test_a_job_of_the_machine_with_the_pages_has_helpers_while_it_asks(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster, looks = Cluster(3), []
    monkeypatch.setitem(sys.modules, "ray", cluster)

    def sleep(seconds: float) -> None:
        looks.append(len(cluster.at_work))
        if len(looks) == 2:
            helping.withdraw(run.folder)

    monkeypatch.setattr(help_driver.time, "sleep", sleep)
    with helping.asked(run.folder, REQUEST):
        help_driver.main(str(run.folder))
    assert looks == [1, 1] and cluster.at_work == []
    assert list((Workspace().shared.queue / HELPED).glob("*.ticket")) == []


def test_helpers_that_die_are_replaced_some_times(run: Run) -> None:
    cluster = Cluster(2)
    helpers = Helpers(cluster, run)
    with helping.asked(run.folder, REQUEST):
        for _ in range(20):
            helpers.look()
            cluster.ends |= {task: Death("Somebody pulled the plug.") for task in cluster.at_work}
    assert cluster.started == REQUEST.most + DEATHS
    assert run.log.read_text().count("Somebody pulled the plug.") == cluster.started


def test_where_one_found_nothing_to_do_no_other_is_started(run: Run) -> None:
    cluster = Cluster(2)
    helpers = Helpers(cluster, run)
    with helping.asked(run.folder, REQUEST):
        helpers.look()
        cluster.ends[1] = 0
        helpers.look()
    assert cluster.started == 1 and cluster.at_work == []


def test_a_run_that_goes_on_elsewhere_has_new_ones(run: Run) -> None:
    cluster = Cluster(2)
    helpers = Helpers(cluster, run)
    with helping.asked(run.folder, REQUEST):
        helpers.look()
        helpers.dismiss()
        assert cluster.at_work == []
        helpers.look()
        assert cluster.started == 2
