"""Who executes a run: the seam between pages and machines, with this machine behind it.

A backend holds no state: everything is in the run's folder, so any process can ask about any run.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from tlcore import system
from tlcore.errors import RunError, printable
from tlcore.refusals import writing
from tlcore.runs.job import ALIVE, Job, JobState
from tlcore.runs.metrics import rows_from
from tlcore.runs.run import Run

START_SECONDS = 30.0  # a worker that has said nothing by then is not coming


class Backend(Protocol):
    """Places runs on machines."""

    def submit(self, run: Run) -> None:
        """Start the run, or resume it; nothing happens while it is alive."""

    def status(self, run: Run) -> JobState:
        """What state it is in, held against the machine."""

    def events(self, run: Run, position: int = 0) -> Iterator[tuple[int, dict]]:
        """Metric rows after byte `position`, each with the position behind it."""

    def cancel(self, run: Run, grace: float = 10) -> None:
        """Ask it to stop, keeping the best model so far; end it when it has not heard in `grace` seconds."""


class LocalBackend:
    """Runs on this machine, each in a process that outlives the one that started it."""

    def submit(self, run: Run) -> None:
        if run.status().state in ALIVE:
            return
        if run.is_unstarted():
            config = run.folder / "config.json"
            arguments = ["train", run.config().data, "--out", str(run.folder), "--config", str(config)]
        else:
            arguments = ["resume", str(run.folder)]
        start(run, arguments)

    def status(self, run: Run) -> JobState:
        return run.status().state

    def events(self, run: Run, position: int = 0) -> Iterator[tuple[int, dict]]:
        yield from rows_from(run.metrics, position)

    def cancel(self, run: Run, grace: float = 10) -> None:
        if run.status().state not in ALIVE:
            return
        run.request_stop()
        deadline = time.monotonic() + grace
        while (status := run.status()).state in ALIVE:
            if status.stage == "saving":
                deadline = time.monotonic() + grace  # it has heard: ending it now would lose the model
            elif time.monotonic() > deadline:
                run.kill()
                return
            time.sleep(0.1)


def command(arguments: list[str]) -> list[str]:
    """The command line that a person could type for this action."""
    return [sys.executable, "-m", "tlcore", *arguments]


def child_environment() -> dict[str, str]:
    """Our environment, with this package importable wherever the child starts."""
    package_root = str(Path(__file__).resolve().parents[2])
    search = os.pathsep.join(filter(None, [package_root, os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": search, "PYTHONUTF8": "1"}


def start(job: Job, arguments: list[str]) -> None:
    """Start `python -m tlcore ARGUMENTS` as the worker of `job` and wait until it has reported.

    Raises:
        RunError: the process ended, or stayed silent, before its first report.
        WorkspaceError: its folder cannot be written.
    """
    attempt = job.recorded().attempt
    environment = child_environment() | {"GRAFT_LOG": str(job.log.absolute())}
    with writing():
        job.folder.mkdir(parents=True, exist_ok=True)
        process = system.spawn(command(arguments), job.log, environment)
    started = process.create_time()
    deadline = time.monotonic() + START_SECONDS
    while job.recorded().attempt == attempt:
        if not system.is_alive(process.pid, started) or time.monotonic() > deadline:
            if job.recorded().attempt != attempt:
                return
            system.kill_tree(process.pid, started)
            raise RunError(f"The work could not be started. {tail(job.log)}".strip())
        time.sleep(0.03)


def tail(log: Path, most: int = 500) -> str:
    """The last line of a log file, for a message: a command that refuses says why in one sentence."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return ""
    return next((printable(line, most) for line in reversed(lines) if line.strip()), "")
