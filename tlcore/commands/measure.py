"""`measure`: time how fast finished runs answer, each in its own process while nothing trains beside it.

The page starts it as a job in `cache/measure`, so that any tab sees how far it is; one measures at a time.
What is found lies in each run's folder (`speed.json`).
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from tlcore import system
from tlcore.commands.shared.paths import own_path
from tlcore.errors import GraftError, RunError, printable
from tlcore.runs.job import Job, Reporter
from tlcore.runs.queue import SPEED_TEST, turn
from tlcore.runs.run import Run
from tlcore.runs.run_records import SPEED, ModelSpeed
from tlcore.runs.workers.local_backend import child_environment
from tlcore.workspace import Workspace

LOOK_EVERY = 0.3  # seconds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The runs."""
    parser.add_argument("runs", type=own_path, nargs="+", metavar="RUN", help="the folder of a finished run")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Measure the runs one after the other; those that cannot be are listed with the reason."""
    runs = [Run.existing(Path(folder).absolute()) for folder in args.runs]
    for one in runs:
        one.require_model()
    job = Job(Workspace().folder("cache", "measure"))
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(system.file_lock(job.folder / ".lock", timeout=2))
        except TimeoutError as error:
            raise RunError("Speeds are being measured already.", remedy="Wait until that is done.") from error
        reporter = Reporter(job)
        reporter.stage("queued", "Waiting for its turn", state="queued")
        system.on_interrupt(job.request_stop)
        return _guarded(job, reporter, runs)


def _guarded(job: Job, reporter: Reporter, runs: list[Run]) -> dict[str, Any]:
    """Do the work; whatever happens is written into the job's status."""
    try:
        measured, failed = _in_turn(job, reporter, runs)
        if failed and not measured:
            raise RunError(" ".join(item["error"] for item in failed))
    except BaseException as error:
        reporter.end("failed", error=str(error) or type(error).__name__)
        raise
    state = "cancelled" if len(measured) + len(failed) < len(runs) else "done"
    reporter.end("cancelled" if state == "cancelled" else "done", error=" ".join(f["error"] for f in failed))
    return {"state": state, "measured": measured, "failed": failed}


def _in_turn(
    job: Job, reporter: Reporter, runs: list[Run]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    def waiting(ahead: int) -> bool:
        reporter.stage("queued", "Waiting for a run to end", state="queued")
        return not job.stop_requested()

    measured: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    with turn(Workspace().shared.queue, SPEED_TEST, waiting) as mine:
        reporter.stage("measuring", "Measuring", total=len(runs))
        for number, run in enumerate(runs if mine else []):
            reporter.progress(number, len(runs))
            try:
                speed = measure_speed(run, job.stop_requested)
            except GraftError as error:
                failed.append({"run": run.id, "error": str(error)})
                continue
            if speed is None:
                break
            measured.append({"run": run.id} | msgspec.to_builtins(speed))
    return measured, failed


def measure_speed(run: Run, stopping: Callable[[], bool]) -> ModelSpeed | None:
    """The speed of the run's model; None when `stopping` said so before the end.

    Raises:
        GraftError: it could not be measured; says why.
    """
    run.dataset().read()  # said before TensorFlow is loaded
    command = [sys.executable, "-m", "tlcore.graft.predict.latency", str(run.folder)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=child_environment()
    ) as child:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                out, said = child.communicate(timeout=LOOK_EVERY)
                break
            if stopping():
                child.kill()
                return None
    if stopping() and child.returncode:  # Ctrl-C reaches it too
        return None
    if child.returncode:
        why = next(
            (line for line in reversed(said.decode(errors="replace").splitlines()) if line.strip()), ""
        )
        raise RunError(f"The speed of {run.id} could not be measured. {printable(why, 500)}".strip())
    return SPEED.decode(out.splitlines()[-1])


def render(result: dict[str, Any]) -> str:
    """A line for each run."""
    lines = [
        f"{found['run']}: {found['milliseconds']:.1f} ms an example, {found['milliseconds_model']:.1f} of it "
        f"in the model, {found['parameters']:,} parameters"
        for found in result["measured"]
    ]
    lines += [f"{item['run']}: {item['error']}" for item in result["failed"]]
    return "\n".join(lines + ["Stopped."] * (result["state"] == "cancelled"))
