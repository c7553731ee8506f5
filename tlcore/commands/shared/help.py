"""A job of the machine with the pages that asks the cluster's other machines for help with its answers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from tlcore import plan
from tlcore.backbones.catalogue import catalogue
from tlcore.errors import GraftError
from tlcore.runs.cluster import helping
from tlcore.runs.cluster.helping import WORTH_HELP, AnswerWork, HelpRequest
from tlcore.runs.job import Job
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace

PART_SECONDS = 10.0  # opening the source again for each part takes up to one


def pace(run: Run) -> float:
    """Inputs that the run's model should answer a second."""
    config = run.config()
    return plan.examples_per_second(catalogue.get(config.backbone), Workspace(), config.input_size)


@contextlib.contextmanager
def asked(
    job: Job, work: AnswerWork, runs: Iterable[Run], places: Iterable[Path], batch: int = 1
) -> Iterator[HelpRequest | None]:
    """Ask for help where there is enough to do, and others can see what it takes; None: they cannot.

    Args:
        runs: those whose models answer.
        places: what they read, beside the job's folder.
        batch: examples that are always answered together.
    """
    helping.withdraw(job.folder)  # an earlier attempt was killed
    request = None
    root = Workspace().shared.root.resolve()
    if BACKEND.is_wide and all(place.resolve().is_relative_to(root) for place in (job.folder, *places)):
        request = _request(work, runs, batch)
    with contextlib.ExitStack() as held:
        if request:
            held.enter_context(helping.asked(job.folder, request))
            if not held.enter_context(BACKEND.helped(job)):
                held.close()
                request = None
        yield request


def _request(work: AnswerWork, runs: Iterable[Run], batch: int) -> HelpRequest | None:
    """The work in parts; None: it is too little, or nobody knows how much."""
    try:
        each = sum(1 / pace(run) for run in runs)
    except GraftError:  # a backbone of one's own has gone, and a finished model has no need of it
        return None
    most = int((work.end - work.first) * each / WORTH_HELP)
    return HelpRequest(work, batch * max(1, round(PART_SECONDS / each / batch)), most) if most else None
