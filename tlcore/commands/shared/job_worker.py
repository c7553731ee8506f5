"""The frame of `train`, `find-rate`, `prepare` and `batch`: wait for the turn, record how it ended, log."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tlcore import system
from tlcore.runs.cluster import lease
from tlcore.runs.job import Job, JobState, Reporter
from tlcore.runs.queue import turn
from tlcore.runs.workers import gpus
from tlcore.shortage import explain
from tlcore.workspace import Workspace

JobFunction = Callable[[Reporter], tuple[JobState, str]]  # the end's state and message
log = logging.getLogger("tlcore")


def in_turn(
    job: Job, ticket: str, work: JobFunction, line: Path | None = None, kind: str = "run"
) -> JobState:
    """Do `work` when it is the job's turn; whatever happens is written into the job's status.

    Args:
        ticket: what those who wait behind it read.
        work: loads TensorFlow; it is called after the wait.
        line: where to wait; None: where all that trains does.
        kind: what is waited for there, in a word.

    Raises:
        GraftError: the reason why it failed.
    """
    reporter = Reporter(job)  # silent until it stands in line: what has reported is seen there
    system.on_interrupt(job.request_stop)
    try:
        with _turn(line, ticket, _waiting(job, reporter, kind)) as mine:
            if mine:
                reporter.stage("loading", "Starting TensorFlow")
            state, message = work(reporter) if mine else ("cancelled", "Stopped while waiting")
    except BaseException as error:
        if told := explain(error):
            log.error("%s", told, exc_info=None if told is error else error)
            reporter.end("failed", error=str(told))
            raise told from error
        log.exception("unexpected")
        reporter.end("failed", error=f"Something unexpected happened: {type(error).__name__}. See train.log.")
        raise
    reporter.end(state, message)
    return state


@contextlib.contextmanager
def _turn(line: Path | None, ticket: str, waiting: Callable[[int], bool]) -> Iterator[bool]:
    """The turn in that line, and one of several GPUs; under a lease, whoever gave it to us has waited and
    chosen already.
    """
    if lease.own_token():
        yield True
        return
    queue = line or Workspace().shared.queue
    places = 1 if line else max(1, len(gpus.names()))
    with turn(queue, ticket, waiting, lambda: places) as mine:
        if not mine or line:
            yield mine
            return
        with gpus.one_gpu(queue):
            yield True


def _waiting(job: Job, reporter: Reporter, kind: str) -> Callable[[int], bool]:
    """A listener that reports how many are ahead, and answers whether to go on waiting."""

    ahead_before = 0

    def waiting(ahead: int) -> bool:
        nonlocal ahead_before
        if ahead != ahead_before:  # it may stay the same for hours, and each status is a write to the disk
            text = (
                f"Waiting for another {kind} to end" if ahead == 1 else f"Waiting for {ahead} others to end"
            )
            reporter.stage("queued", text, state="queued")
        ahead_before = ahead
        return not job.stop_requested()

    return waiting


class LogFormat(logging.Formatter):
    """A line for each record: where in the code it was is for the log alone."""

    def format(self, record: logging.LogRecord) -> str:
        record.message = record.getMessage()
        record.asctime = self.formatTime(record, self.datefmt)
        return self.formatMessage(record)


class LogFile(logging.FileHandler):
    """A log that falls silent where the disk is full: what happened is said by the command and the status."""

    def handleError(self, record: logging.LogRecord) -> None:
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            super().close()


@contextlib.contextmanager
def logging_to(job: Job) -> Iterator[None]:
    """Log into the job's `train.log`, and on the terminal unless the terminal is that file.

    Errors are not logged on the terminal: the command ends with them in one sentence.
    """
    log.setLevel(logging.INFO)
    form = "%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S"
    handlers: list[logging.Handler] = [LogFile(job.log, encoding="utf-8")]
    handlers[0].setFormatter(logging.Formatter(*form))
    if os.environ.get("GRAFT_LOG") != str(job.log):
        handlers.append(logging.StreamHandler(sys.stderr))
        handlers[-1].setFormatter(LogFormat(*form))
        handlers[-1].addFilter(lambda record: record.levelno < logging.ERROR)
    for handler in handlers:
        log.addHandler(handler)
    try:
        yield
    finally:
        for handler in handlers:
            log.removeHandler(handler)
            handler.close()
