"""A Ray cluster that trains the runs. All other jobs, and answers, stay here, some with help from there.

A run is handed over with a lease in its folder and one Ray job, named after the lease. That job
(`commands/cluster/driver.py`) gives it to a machine, and to another one when that dies.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tlcore import system
from tlcore.errors import GraftError, RunError
from tlcore.runs.cluster import lease as leases
from tlcore.runs.cluster.jobs_api import JobLife, JobsApi
from tlcore.runs.cluster.lease import Lease
from tlcore.runs.job import ALIVE, Job, Status
from tlcore.runs.metrics import MetricRow, rows_from
from tlcore.runs.question import Answer, Question
from tlcore.runs.queue import Ticket, listed
from tlcore.runs.run import Run
from tlcore.runs.workers.cluster_status import status_under
from tlcore.runs.workers.local_backend import LocalBackend, stop
from tlcore.workspace import Workspace, home
from tlcore.workspace.refusals import writing

DRIVER, HELP_DRIVER = "tlcore.commands.cluster.driver", "tlcore.commands.cluster.help_driver"
LINE = "cluster"  # the folder of the cluster's tickets in the workspace's queue
# Variables of ours that mean the same on every machine, since the workspace lies at the same place.
PASSED_ON = ("GRAFT_WEIGHTS", "GRAFT_CACHE_GB", "GRAFT_DATASET_GB", "GRAFT_WORKSPACE_GB", "GRAFT_PERSON_GB")
log = logging.getLogger("tlcore")


class RayBackend:
    """A cluster behind its Jobs API, and this machine for the rest."""

    is_wide = True

    def __init__(self, address: str, token: str, local: LocalBackend) -> None:
        self.api = JobsApi(address, token)
        self._local = local

    def submit(self, run: Run) -> None:
        with writing(), system.file_lock(run.folder / ".lock"):  # two tabs may click at once
            if self.status(run).state in ALIVE:
                return
            (run.folder / "stop").unlink(missing_ok=True)
            lease = leases.issue(run.folder, self.api.address)
        try:
            self.api.submit(_job_of(lease), _line(DRIVER, str(run.folder), lease.token), _environment())
        except GraftError:
            leases.drop(run.folder)  # should it have come through all the same, its worker finds no lease
            raise

    def line(self) -> list[Ticket]:
        return listed(Workspace().shared.queue / LINE)

    def notice(self) -> str:
        try:
            self.api.check_address()
        except GraftError as error:
            return str(error)
        if not self.api.is_down:
            return ""
        return (
            f"The cluster at {self.api.address} does not answer at the moment. What trains there may go on; "
            "this page shows what it wrote last."
        )

    def start(self, job: Job, arguments: list[str]) -> None:
        self._local.start(job, arguments)

    def get_ready(self, backbone: str, input_size: int | None = None) -> None:
        self._local.get_ready(backbone, input_size)

    def converse(self, arguments: list[str], log: Path) -> subprocess.Popen[str]:
        return self._local.converse(arguments, log)

    @contextlib.contextmanager
    def helped(self, job: Job) -> Iterator[bool]:
        name = f"graft-help-{secrets.token_hex(8)}"
        try:
            self.api.submit(name, _line(HELP_DRIVER, str(job.folder)), _environment())
        except GraftError as error:  # it can do without
            log.warning("no other machine helps: %s", error)
            with contextlib.suppress(GraftError):  # the answer may have been lost, and not the question
                self.api.stop(name)
            yield False
            return
        try:
            yield True
        finally:
            with contextlib.suppress(GraftError):  # without the request it ends by itself
                self.api.stop(name)

    def status(self, job: Job) -> Status:
        lease = leases.read(job.folder)
        if lease is None:
            return self._local.status(job)
        return status_under(lease, job, lambda: self._life(lease))

    def _life(self, lease: Lease) -> JobLife | None:
        return self.api.life(_job_of(lease)) if lease.cluster == self.api.address else None

    def can_answer(self, run: Run) -> bool:
        return self._local.can_answer(run)

    def answer(self, run: Run, question: Question) -> Answer:
        return self._local.answer(run, question)

    def events(self, run: Run, position: int = 0) -> Iterator[tuple[int, MetricRow]]:
        yield from rows_from(run.metrics, position)

    def cancel(self, job: Job, grace: float | None = None) -> None:
        lease = leases.read(job.folder)
        if lease is None:
            self._local.cancel(job, grace)
            return
        stop(job, lambda: self.status(job), grace, lambda: self._end(job, lease))

    def _end(self, job: Job, lease: Lease) -> None:
        """Take the lease away, so that its worker writes nothing more, and have the cluster end it."""
        leases.end(job.folder)
        try:
            self.api.stop(_job_of(lease))
        except RunError:
            return  # it cannot be reached: without a lease the worker ends by itself


def _job_of(lease: Lease) -> str:
    """The name of the cluster's job; one name can be used once."""
    return f"graft-{lease.token}"


def _line(*words: str) -> str:
    """That of the shell that runs a module of ours."""
    return f"exec {shlex.join(['python', '-m', *words])}"


def _environment() -> dict[str, str]:
    """The variables with which a driver and its workers find this workspace."""
    own = {name: os.environ[name] for name in PASSED_ON if os.environ.get(name)}
    return {**own, "GRAFT_HOME": str(home.home()), **home.environment(), "PYTHONUTF8": "1"}
