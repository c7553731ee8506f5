"""The seam between pages and the machines that do the work.

A backend holds no state: everything is in the job's folder, so any process can ask about any job. Pages
start, watch and stop jobs through `BACKEND` alone. `GRAFT_CLUSTER` names a Ray cluster that trains the runs;
without it this machine does.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from tlcore.runs.job import ALIVE, Job, Status
from tlcore.runs.metrics import MetricRow
from tlcore.runs.question import Answer, Question
from tlcore.runs.queue import Ticket
from tlcore.runs.run import Run
from tlcore.runs.workers.local_backend import LocalBackend
from tlcore.runs.workers.ray_backend import RayBackend


class Backend(Protocol):
    """Places jobs on machines."""

    def submit(self, run: Run) -> None:
        """Start the run, or resume it; nothing happens while it is alive."""

    @property
    def is_wide(self) -> bool:
        """Several runs train at a time: whoever has several hands them in together."""

    def line(self) -> list[Ticket]:
        """The runs that wait for a device or have one, the first first.

        Raises:
            GraftError, OSError: that cannot be looked at.
        """

    def notice(self) -> str:
        """A sentence for people where its machines cannot be reached; else ""."""

    def start(self, job: Job, arguments: list[str]) -> None:
        """Start `python -m tlcore ARGUMENTS` as the worker of `job`, and wait until it has reported.

        Raises:
            RunError: it ended, or stayed silent, before its first report.
            WorkspaceError: its folder cannot be written.
        """

    def get_ready(self, backbone: str, input_size: int | None = None) -> None:
        """Load what the next job with this backbone needs, where that can be done ahead. Call it as often as
        a page is drawn: it does nothing where all is ready, or while a run has no model yet.
        """

    def converse(self, arguments: list[str], log: Path) -> subprocess.Popen[str]:
        """Start `python -m tlcore ARGUMENTS` on this machine, to talk with line by line.

        Args:
            log: where its complaints go.

        Raises:
            WorkspaceError: the log cannot be written.
        """

    def helped(self, job: Job) -> AbstractContextManager[bool]:
        """Have other machines see to the request for help in the job's folder (`runs/cluster/helping.py`), as
        long as the block lasts, which lies inside that of the request. False: there are none.
        """

    def status(self, job: Job) -> Status:
        """The status that its worker wrote last, held against the machine: a job whose worker is gone is
        `lost`, or `cancelled` where somebody had asked it to stop.
        """

    def can_answer(self, run: Run) -> bool:
        """Tell whether its worker has a trained model and answers for it, before there is a file."""

    def answer(self, run: Run, question: Question) -> Answer:
        """The answer of the run's worker.

        Raises:
            RunError: it is gone, or does not answer.
        """

    def events(self, run: Run, position: int = 0) -> Iterator[tuple[int, MetricRow]]:
        """Metric rows after byte `position`, each with the position behind it."""

    def cancel(self, job: Job, grace: float | None = None) -> None:
        """Ask it to stop; a run keeps its best model so far.

        Args:
            grace: seconds to wait until it is ended by force, 0 for at once; None: do not wait.
        """


def chosen_backend() -> Backend:
    """The backend that the environment asks for."""
    local = LocalBackend()
    address = os.environ.get("GRAFT_CLUSTER", "")
    return RayBackend(address, os.environ.get("GRAFT_CLUSTER_TOKEN", ""), local) if address else local


BACKEND = chosen_backend()  # the one that everybody uses


def any_alive(jobs: Iterable[Job]) -> bool:
    """Tell whether one of these jobs waits or is at work."""
    return any(BACKEND.status(job).state in ALIVE for job in jobs)
