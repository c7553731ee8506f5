"""Runs handed over to a cluster; the cluster here only says what it was told to say.

A real one: `tests/extras/test_cluster.py`.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import msgspec
import pytest

from tests.fixtures.tiny_training import small
from tlcore.errors import GraftError, RunError
from tlcore.runs.cluster import lease as leases
from tlcore.runs.cluster.jobs_api import JobLife, JobsApi
from tlcore.runs.job import Job, Status
from tlcore.runs.run import Run
from tlcore.runs.workers import backend as backends
from tlcore.runs.workers.local_backend import LocalBackend
from tlcore.runs.workers.ray_backend import HELP_DRIVER, LINE, RayBackend
from tlcore.workspace import Workspace
from tlcore.workspace.home import at_home


class TalkingApi(JobsApi):
    """It has every job that was submitted, in the state that a test gives it."""

    def __init__(self) -> None:
        super().__init__("http://head:8265", "secret")
        self.jobs: dict[str, tuple[str, dict[str, str]]] = {}
        self.state: JobLife | None = "alive"
        self.is_there = True

    def submit(self, id: str, entrypoint: str, environment: dict[str, str]) -> None:
        if not self.is_there:
            raise RunError("The cluster does not answer.")
        self.jobs[id] = entrypoint, environment

    def life(self, id: str) -> JobLife | None:
        return self.state if id in self.jobs and self.is_there else None

    def stop(self, id: str) -> None:
        if not self.is_there:
            raise RunError("The cluster does not answer.")
        self.jobs.pop(id, None)


@pytest.fixture
def backend() -> RayBackend:
    made = RayBackend("http://head:8265", "secret", LocalBackend())
    made.api = TalkingApi()
    return made


@pytest.fixture
def api(backend: RayBackend) -> TalkingApi:
    assert isinstance(backend.api, TalkingApi)
    return backend.api


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))
    return Run.prepare(tmp_path / "runs" / "it's ours", small(data=str(tmp_path / "data")))


def write(run: Run, **values: object) -> None:
    """As a worker under the run's lease does."""
    held = leases.read(run.folder)
    assert held is not None
    status = Status(lease=held.token, **values)  # type: ignore[arg-type]
    (run.folder / "status.json").write_bytes(msgspec.json.encode(status))


def test_a_run_is_handed_over_once(backend: RayBackend, api: TalkingApi, run: Run) -> None:
    backend.submit(run)
    backend.submit(run)
    ((id, (entrypoint, environment)),) = api.jobs.items()
    held = leases.read(run.folder)
    assert held is not None and id == f"graft-{held.token}" and held.cluster == "http://head:8265"
    assert shlex.split(entrypoint)[-2:] == [str(run.folder), held.token]
    assert environment["GRAFT_HOME"] == str(Workspace().root)
    assert not {name for name in environment if "TOKEN" in name or "CLUSTER" in name}
    assert backend.status(run).state == "queued" and run.is_unstarted()


def test_each_person_s_worker_has_their_workspace(
    backend: RayBackend, api: TalkingApi, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = Workspace().root
    monkeypatch.setenv("GRAFT_SHARED", str(shared))
    with at_home(shared / "people" / "ada"):
        backend.submit(run)
    ((_, environment),) = api.jobs.values()
    assert environment["GRAFT_HOME"] == str(shared / "people" / "ada")
    assert environment["GRAFT_SHARED"] == str(shared)


def test_a_run_that_the_cluster_did_not_take_can_be_started_later(
    backend: RayBackend, api: TalkingApi, run: Run
) -> None:
    api.is_there = False
    with pytest.raises(RunError, match="does not answer"):
        backend.submit(run)
    assert backend.status(run).state == "new" and leases.read(run.folder) is None
    api.is_there = True
    backend.submit(run)
    write(run, state="running", pid=1)
    api.state = "over"
    assert backend.status(run).state == "lost"
    api.is_there = False
    os.utime(run.folder / leases.FILE, (0, 0))
    with pytest.raises(RunError):
        backend.submit(run)
    assert backend.status(run).state == "lost"


def test_a_stop_is_asked_for_and_forced_only_when_time_is_over(
    backend: RayBackend, api: TalkingApi, run: Run
) -> None:
    backend.submit(run)
    backend.cancel(run)
    assert backend.status(run).state == "queued" and run.stop_requested() and api.jobs
    backend.cancel(run, grace=0)
    assert backend.status(run).state == "cancelled" and not api.jobs
    backend.submit(run)
    assert backend.status(run).state == "queued" and not run.stop_requested()


def test_a_stop_by_force_needs_no_answer(backend: RayBackend, api: TalkingApi, run: Run) -> None:
    backend.submit(run)
    api.is_there = False
    backend.cancel(run, grace=0)
    held = leases.read(run.folder)
    assert backend.status(run).state == "cancelled" and held is not None and held.is_over


def test_the_cluster_of_another_address_is_not_asked(backend: RayBackend, api: TalkingApi, run: Run) -> None:
    backend.submit(run)
    other = RayBackend("http://other:8265", "", LocalBackend())
    other.api.life = lambda id: pytest.fail("it was asked")  # type: ignore[method-assign]
    assert other.status(run).state == "queued"  # by its lease, which is fresh


def test_what_was_never_handed_over_is_this_machine_s(backend: RayBackend, run: Run) -> None:
    assert backend.status(Job(run.folder)).state == "new"
    backend.cancel(run, grace=0)
    assert not run.stop_requested()


def test_the_line_is_that_of_the_cluster(backend: RayBackend, run: Run) -> None:
    folder = Workspace().shared.queue / LINE
    folder.mkdir(parents=True)
    (folder / "000000000001~ada~flowers.ticket").touch()
    assert [ticket[1:] for ticket in backend.line()] == [("ada", "flowers")]


def test_people_are_told_when_the_cluster_does_not_answer(backend: RayBackend) -> None:
    assert backend.notice() == ""
    backend.api._down_until = float("inf")
    assert "http://head:8265 does not answer" in backend.notice()
    assert "no address" in RayBackend("head:8265", "", LocalBackend()).notice()


def test_the_environment_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRAFT_CLUSTER", raising=False)
    assert isinstance(backends.chosen_backend(), LocalBackend)
    monkeypatch.setenv("GRAFT_CLUSTER", "http://head:8265/")
    chosen = backends.chosen_backend()
    assert isinstance(chosen, RayBackend) and chosen.api.address == "http://head:8265"
    with pytest.raises(GraftError, match="no address"):
        RayBackend("nowhere", "", LocalBackend()).api.check_address()


def test_a_job_of_this_machine_has_helpers_while_its_block_lasts(
    backend: RayBackend, api: TalkingApi, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    with backend.helped(run) as is_helped:
        ((entrypoint, environment),) = api.jobs.values()
        assert is_helped and shlex.split(entrypoint)[-2:] == [HELP_DRIVER, str(run.folder)]
        assert environment["GRAFT_HOME"] == str(Workspace().root)
    assert api.jobs == {}
    api.is_there = False
    with backend.helped(run) as is_helped:
        assert not is_helped and "does not answer" in caplog.text
    with LocalBackend().helped(run) as is_helped:
        assert not is_helped
