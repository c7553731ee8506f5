"""A job of the machine with the pages that asks the cluster's other machines for help with its answers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from tlcore import plan
from tlcore.backbones.catalogue import catalogue
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
    each = sum(1 / pace(run) for run in runs)
    most = int((work.end - work.first) * each / WORTH_HELP)
    root = Workspace().shared.root.resolve()
    is_seen = all(place.resolve().is_relative_to(root) for place in (job.folder, *places))
    if not most or not BACKEND.is_wide or not is_seen:
        yield None
        return
    request = HelpRequest(work, batch * max(1, round(PART_SECONDS / each / batch)), most)
    with helping.asked(job.folder, request), BACKEND.helped(job) as is_helped:
        yield request if is_helped else None
