"""Who works on this server and who waits: read anew each time from the tickets and from each job's status."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from tlcore.errors import GraftError
from tlcore.plan import plan
from tlcore.runs import queue
from tlcore.runs.job import ALIVE, Job, Status
from tlcore.runs.queue import BATCHES, EXPORTS, PREPARATIONS, TRAINING, Ticket, tickets
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace
from tlcore.workspace.home import at_home, home_of, shared_home

LineJobKind = Literal["training", "rate search", "speed test", "estimate", "batch", "export"]
KINDS: dict[str, LineJobKind] = {
    TRAINING: "training",
    PREPARATIONS: "estimate",
    BATCHES: "batch",
    EXPORTS: "export",
}
# Where a job lies in its owner's workspace that its ticket names only in part.
PLACES = {"rate search": "cache/rates/*", "speed test": "cache/measure"}
PLACES_BY_NAME = {"estimate": "cache/estimates/*", "export": "runs/*/exports", "batch": "batches"}


class LineJob(NamedTuple):
    """A job in one of the lines, of which the first is at work, or on a cluster several.

    Attributes:
        owner: the id of the person, "" where there is only one.
        ahead: how many are before it in its line.
        job: its folder, where it is known.
    """

    owner: str
    kind: LineJobKind
    ahead: int
    job: Job | None
    status: Status

    @property
    def is_at_work(self) -> bool:
        """It is its turn, and it waits for nothing else."""
        return self.status.state == "running"

    @property
    def seconds_left(self) -> float | None:
        """Seconds until its end from when its turn comes, or from now; None where nobody knows."""
        left = self.status.seconds_left
        if self.kind != "training" or self.job is None:
            return left if self.is_at_work else None
        config = self.job.folder / "config.json"
        planned = _planned_seconds(self.job.folder, config.stat().st_mtime_ns if config.is_file() else 0)
        if planned is None or not self.status.began:
            return planned
        return max(planned - (time.time() - self.status.began), left or 0.0, 1.0)


class PlaceInLine(NamedTuple):
    """How many jobs are ahead of one, and about how many seconds they take; None where nobody knows."""

    ahead: int
    seconds: float | None


def all_jobs() -> list[LineJob]:
    """All jobs of this server that take turns: by line, in order."""
    return [one for name in KINDS for one in _line(name)]


def place_of(job: Job) -> PlaceInLine | None:
    """The place of a job of the person at work; None: it waits in no line."""
    for name in KINDS:
        line = _line(name)
        for number, one in enumerate(line):
            if one.job and one.job.folder == job.folder:
                left = [before.seconds_left for before in line[:number]]
                known = [seconds for seconds in left if seconds is not None]
                is_known = len(known) == len(left) and not (BACKEND.is_wide and name == TRAINING)
                return PlaceInLine(number, sum(known) if is_known else None) if left else None
    return None


def _line(name: str) -> list[LineJob]:
    folder = shared_home() / "queue" / name
    try:
        with at_home(shared_home()):
            found = BACKEND.line() if name == TRAINING else tickets(folder) if folder.is_dir() else []
    except (GraftError, OSError):  # the queue needs lock files, and this folder may be read-only
        return []
    return [_job(name, ticket, number) for number, ticket in enumerate(found)]


def _job(line: str, ticket: Ticket, ahead: int) -> LineJob:
    kind = KINDS[line]
    if kind == "training" and ticket.name == queue.RATE_SEARCH:
        kind = "rate search"
    if kind == "training" and (ticket.name == queue.SPEED_TEST or ticket.name.endswith(queue.TIMING)):
        kind = "speed test"
    with at_home(home_of(ticket.owner)):
        job = _find(kind, ticket.name)
    status = BACKEND.status(job) if job else Status("queued" if ahead else "running")
    return LineJob(ticket.owner, kind, ahead, job, status)


def _find(kind: LineJobKind, name: str) -> Job | None:
    """The job of that kind and name in the workspace of its owner, where it is alive."""
    jobs = (job for job in map(Job, _folders(kind, name)) if BACKEND.status(job).state in ALIVE)
    return next(jobs, None)


def _folders(kind: LineJobKind, name: str) -> Iterator[Path]:
    workspace = Workspace()
    if kind in PLACES:
        yield from workspace.root.glob(PLACES[kind])
    elif kind in PLACES_BY_NAME:
        yield from (folder / name for folder in workspace.root.glob(PLACES_BY_NAME[kind]))
    elif run := workspace.find("runs", name):
        yield run


@functools.lru_cache(maxsize=256)
def _planned_seconds(folder: Path, changed: int) -> float | None:
    """Seconds that a run is planned to take; its settings do not change while it waits."""
    try:
        return plan(Run(folder).config(), Run(folder).manifest(), Workspace(shared_home())).seconds
    except GraftError:
        return None
