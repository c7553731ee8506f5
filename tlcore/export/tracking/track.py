"""Writing a finished run for the programs that were asked for. What fails is a sentence; the run is done."""

from __future__ import annotations

import contextlib
import importlib
import logging

from tlcore import system
from tlcore.errors import WorkspaceError
from tlcore.export.tracking import record
from tlcore.export.tracking.contents import TrackedRun, gather
from tlcore.export.tracking.record import INSTALL, TITLES, ToolName, Tracking
from tlcore.runs.run import Run
from tlcore.shortage import explain

WRITERS: dict[ToolName, str] = {"tensorboard": "tensorboard", "mlflow": "mlflow_store"}
log = logging.getLogger(__name__)


def track(run: Run) -> Tracking:
    """Write a run that has a model for the programs in its record, and write down what became of it."""
    asked = record.read(run.folder)
    if not asked.tools:
        return asked
    problems = {tool: problem for tool in asked.tools if (problem := _write(run, tool))}
    for problem in problems.values():
        log.warning("%s", problem)
    written = tuple(tool for tool in asked.tools if tool not in problems)
    done = Tracking(asked.tools, written, problems)
    with contextlib.suppress(WorkspaceError):  # the log has it
        record.write(run.folder, done)
    return done


def _write(run: Run, tool: ToolName) -> str:
    """Write it for one program; returns what is wrong, or nothing."""
    if not record.is_installed(tool):
        return f"{TITLES[tool]} did not get this run: its package is missing. To add it: {INSTALL[tool]}"
    try:
        _send(run, tool, gather(run))
    except Exception as error:
        log.info("not written for %s", tool, exc_info=True)
        told = explain(error)
        reason = str(told) if told else f"{type(error).__name__}, see train.log."
        return f"{TITLES[tool]} did not get this run: {reason}"
    return ""


def _send(run: Run, tool: ToolName, tracked: TrackedRun) -> None:
    with system.stderr_to(run.log):  # what the libraries say on their way
        writer = importlib.import_module(f"tlcore.export.tracking.{WRITERS[tool]}")  # it may load TensorFlow
        writer.write(run, tracked, record.place(tool))
