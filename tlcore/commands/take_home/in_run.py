"""The frame of what is made inside a run's `exports/`: one at a time, and how it ended is written down."""

from __future__ import annotations

import contextlib

from tlcore import system
from tlcore.commands.shared.job_worker import JobFunction, in_turn, logging_to
from tlcore.errors import RunError
from tlcore.runs.job import Job, JobState, Reporter
from tlcore.runs.queue import EXPORTS
from tlcore.workspace import Workspace

AT_WORK = "This export is at work already."


def make_in_turn(job: Job, make: JobFunction) -> JobState:
    """Make it when no other export is being made; what converters write goes to the log.

    Raises:
        RunError: the same one is at work. GraftError: the reason why it failed.
    """
    job.folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(system.file_lock(job.folder / ".lock", timeout=2))
        except TimeoutError as error:
            raise RunError(AT_WORK, received=job.id, remedy="Wait until it is done.") from error
        held.enter_context(logging_to(job))

        def make_it(reporter: Reporter) -> tuple[JobState, str]:
            with job.log.open("a") as log, contextlib.redirect_stderr(log), system.stderr_to(job.log):
                # Converters write much, past Python and by it.
                return make(reporter)

        return in_turn(job, job.id, make_it, Workspace().shared.folder("queue", EXPORTS), "export")
