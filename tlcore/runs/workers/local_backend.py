"""Jobs on this machine, each in a process that outlives the one that started it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import psutil

from tlcore import processes
from tlcore.errors import GraftError, RunError, printable
from tlcore.runs.cluster import lease
from tlcore.runs.job import ALIVE, START_SECONDS, Job, JobState, Status
from tlcore.runs.metrics import MetricRow, rows_from
from tlcore.runs.question import Answer, Question
from tlcore.runs.queue import Ticket, tickets
from tlcore.runs.run import Run
from tlcore.runs.workers import gpus, live_model
from tlcore.runs.workers.cluster_status import status_under
from tlcore.runs.workers.spare_worker import Order, SpareWorker
from tlcore.workspace import Workspace, home
from tlcore.workspace.refusals import writing

# Commands that load TensorFlow. Others would waste a spare worker, and one may load beside them.
WITH_TENSORFLOW = {
    "train", "resume", "prepare", "find-rate", "evaluate", "measure", "batch", "predict", "export", "serve",
}  # fmt: skip


class LocalBackend:
    """This machine, on which one run trains at a time, or one on each of several GPUs."""

    def __init__(self) -> None:
        self.spare = SpareWorker()
        self._starting = 0  # jobs that have not reported yet

    @property
    def is_wide(self) -> bool:
        return len(gpus.names()) > 1

    def submit(self, run: Run) -> None:
        if self.status(run).state in ALIVE:
            return
        lease.drop(run.folder)
        self.start(run, worker_arguments(run))

    def start(self, job: Job, arguments: list[str]) -> None:
        self._starting += 1
        try:
            self._start(job, arguments)
        finally:
            self._starting -= 1

    def _start(self, job: Job, arguments: list[str]) -> None:
        attempt = job.recorded().attempt
        with writing():
            job.folder.mkdir(parents=True, exist_ok=True)
            with job.log.open("ab") as log:
                before = log.tell()  # an earlier step of the job may have said something
        child = None
        if arguments[0] in WITH_TENSORFLOW and not self.is_wide:  # it has looked at all GPUs already
            child = self.spare.claim(Order(arguments, str(job.log.absolute())), child_environment())
        if child is not None and _has_reported(job, attempt, processes.let_go(child)):
            return
        environment = child_environment() | {"GRAFT_LOG": str(job.log.absolute())}
        with writing():
            process = processes.spawn(command(arguments), job.log, environment)
        if not _has_reported(job, attempt, process):
            raise RunError(f"The work could not be started. {tail(job.log, since=before)}".strip())

    def get_ready(self, backbone: str, input_size: int | None = None) -> None:
        if not self._starting and self._has_room():
            self.spare.start(child_environment(), backbone, input_size)

    def _has_room(self) -> bool:
        """Tell whether no run needs the machine for itself: the one at work has a model already."""
        try:
            at_work = self.line()[:1]
        except (GraftError, OSError):  # the queue needs lock files, and this folder may be read-only
            return False
        folders = (home.home_of(ticket.owner) / "runs" / ticket.name for ticket in at_work)
        return all(self.can_answer(Run(folder)) for folder in folders)

    def converse(self, arguments: list[str], log: Path) -> subprocess.Popen[str]:
        with writing():
            log.open("ab").close()  # its owner may touch a file that nobody may write
        child = None
        if arguments[0] in WITH_TENSORFLOW:
            child = self.spare.claim(Order(arguments, str(log.absolute()), True), child_environment())
        return child or processes.converse(command(arguments), log, child_environment())

    def line(self) -> list[Ticket]:
        return tickets(Workspace().shared.queue)

    def notice(self) -> str:
        return ""

    def helped(self, job: Job) -> contextlib.AbstractContextManager[bool]:
        return contextlib.nullcontext(False)

    def status(self, job: Job) -> Status:
        if held := lease.read(job.folder):
            return status_under(held, job, lambda: None)
        status = job.recorded()
        if status.state not in ALIVE or _is_here(status):
            return status
        latest = job.recorded()  # it may have ended properly, or begun anew, between our two looks
        if latest.state in ALIVE and latest.pid == status.pid:
            state: JobState = "cancelled" if job.stop_requested() else "lost"
            return msgspec.structs.replace(latest, state=state, seconds_left=None)
        return latest

    def can_answer(self, run: Run) -> bool:
        status = self.status(run)
        return status.state in ALIVE and status.can_answer

    def answer(self, run: Run, question: Question) -> Answer:
        return live_model.ask(run, question)

    def events(self, run: Run, position: int = 0) -> Iterator[tuple[int, MetricRow]]:
        yield from rows_from(run.metrics, position)

    def cancel(self, job: Job, grace: float | None = None) -> None:
        stop(job, lambda: self.status(job), grace, lambda: self.kill(job))

    def kill(self, job: Job) -> None:
        """End the worker at once; of one elsewhere, take its lease away."""
        if lease.read(job.folder):
            lease.end(job.folder)
            return
        status = job.recorded()
        if status.state in ALIVE and _is_here(status):
            processes.kill_tree(status.pid, status.started)


def stop(job: Job, ask: Callable[[], Status], grace: float | None, end: Callable[[], None]) -> None:
    """Ask a worker to stop, on whatever machine it is.

    Args:
        ask: for its status.
        grace: as in `Backend.cancel`.
        end: ends it by force.
    """
    if ask().state not in ALIVE:
        return
    job.request_stop()
    if grace is None:
        return
    deadline = time.monotonic() + grace
    while (status := ask()).state in ALIVE:
        if status.stage == "saving" and grace:
            deadline = time.monotonic() + grace  # it has heard: ending it now would lose the model
        elif time.monotonic() >= deadline:
            end()
            return
        time.sleep(0.1)


def _is_here(status: Status) -> bool:
    """Tell whether a process of this machine wrote that status and still runs."""
    return not status.lease and processes.is_alive(status.pid, status.started)


def _has_reported(job: Job, attempt: int, process: psutil.Process) -> bool:
    """Wait until the job's worker, in its own process, has reported for the first time after `attempt`.

    False, and the process ended: it went without a report, or was silent for too long.
    """
    with contextlib.suppress(psutil.Error):
        started = process.create_time()
        deadline = time.monotonic() + START_SECONDS
        while processes.is_alive(process.pid, started) and time.monotonic() < deadline:
            if job.recorded().attempt != attempt:
                return True
            time.sleep(0.01)
        if job.recorded().attempt == attempt:
            processes.kill_tree(process.pid, started)
    return job.recorded().attempt != attempt


def worker_arguments(run: Run) -> list[str]:
    """The command of a run's worker, behind `python -m tlcore`."""
    if not run.is_unstarted():
        return ["resume", str(run.folder)]
    config = run.folder / "config.json"
    return ["train", run.config().data, "--out", str(run.folder), "--config", str(config)]


def command(arguments: list[str]) -> list[str]:
    """The command line that a person could type for this action."""
    return [sys.executable, "-m", "tlcore", *arguments]


def child_environment() -> dict[str, str]:
    """Our environment, with this package importable wherever the child starts."""
    package_root = str(Path(__file__).resolve().parents[3])
    search = os.pathsep.join(filter(None, [package_root, os.environ.get("PYTHONPATH")]))
    return {**os.environ, **home.environment(), "PYTHONPATH": search, "PYTHONUTF8": "1"}


def ask(arguments: list[str], log: Path) -> tuple[str, int]:
    """The output and exit code of `python -m tlcore ARGUMENTS`, run to its end on this machine.

    Args:
        log: where its complaints go.
    """
    with processes.converse(command(arguments), log, child_environment()) as child:
        output, _ = child.communicate()
    return output, child.returncode


def tail(log: Path, most: int = 500, since: int = 0) -> str:
    """The last line of a log file behind byte `since`, for a message: a command that refuses says why in one
    sentence.
    """
    try:
        with log.open("rb") as file:
            file.seek(since)
            lines = file.read().decode("utf-8", "replace").split("\n")
    except OSError:
        return ""
    return next((printable(line, most) for line in reversed(lines) if line.strip()), "")
