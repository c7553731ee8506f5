"""One run trains at a time, or one on each device of a cluster; the others wait in the order they came, and
several people take turns.

Each waiting process holds a locked ticket file in `queue/`; it is its turn when no earlier ticket is locked.
There is no scheduler: a lock frees itself when its process dies, however it dies. A person's second ticket
belongs to a later round than their first, and nobody's ticket to an earlier round than the one at work: who
comes with one run waits for one of each of the others, not for all that somebody has handed in (start-time
fair queueing, Goyal, Vin and Cheng 1996).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import filelock

from tlcore import system
from tlcore.workspace.home import worker_id

LOOK_EVERY = 0.5  # seconds
LONGEST_NAME = 160  # bytes of a run's name in a file name
ALL = f"{'[0-9]' * 12}~*.ticket"
# The lines, by their folder in the shared `queue/`: what trains or measures waits in that folder itself.
TRAINING, PREPARATIONS, BATCHES, EXPORTS = "", "preparing", "batches", "exporting"
# Names in the first of these that are no run's: they also read well.
RATE_SEARCH, SPEED_TEST, TIMING = "learning-rate search", "measure", "-timing"


class Ticket(NamedTuple):
    """A place in the line.

    Attributes:
        order: round and number, which nobody else has.
        owner: the id of the person, "" where there is only one.
        name: of the job.
    """

    order: tuple[int, int]
    owner: str
    name: str

    @staticmethod
    def read(path: Path) -> Ticket:
        """The ticket of a file."""
        order, *owner, name = path.stem.split("~", 2)
        return Ticket((int(order[:6]), int(order[6:])), "".join(owner), name)

    def file_name(self) -> str:
        """Its file's name; names in order are tickets in order."""
        shown = self.name.encode()[:LONGEST_NAME].decode(errors="ignore")
        return f"{self.order[0]:06d}{self.order[1]:06d}~{self.owner}~{shown}.ticket"


@contextlib.contextmanager
def turn(
    queue: Path, name: str, waiting: Callable[[int], bool], places: Callable[[], int] = lambda: 1
) -> Iterator[bool]:
    """Wait for the turn of `name` and hold it.

    Args:
        waiting: called with the number of jobs ahead that have to end first, while there are any; returns
            False to give up.
        places: how many work at a time.

    Yields:
        True when it is our turn, False when `waiting` gave up.
    """
    with system.file_lock(queue / ".lock"):
        ticket = _next_ticket(queue, name)
        lock = filelock.FileLock(ticket)
        lock.acquire()
    try:
        mine = True
        while mine and (ahead := _ahead(queue, ticket) + 1 - places()) > 0:
            mine = waiting(ahead)
            if mine:
                time.sleep(LOOK_EVERY)
        yield mine
    finally:
        with system.file_lock(queue / ".lock"):
            lock.release()
            ticket.unlink(missing_ok=True)


def _next_ticket(queue: Path, name: str) -> Path:
    """Numbered, not dated: a clock that is set back must not let anybody jump the queue."""
    owner, others = worker_id(), _held(queue)
    now = min((other.order[0] for other in others), default=0)
    round = max([now, *(other.order[0] + 1 for other in others if other.owner == owner)])
    number = max((other.order[1] for other in others), default=0) + 1
    return queue / Ticket((round, number), owner, name).file_name()


def _held(queue: Path) -> list[Ticket]:
    """The tickets of living processes in order; dead ones are swept."""
    return [Ticket.read(path) for path in sorted(queue.glob(ALL)) if _is_held(path)]


def _ahead(queue: Path, ticket: Path) -> int:
    """Live tickets before this one; dead ones are swept."""
    with system.file_lock(queue / ".lock"):
        earlier = [other for other in sorted(queue.glob(ALL)) if other.name < ticket.name]
        return sum(_is_held(other) for other in earlier)


def _is_held(ticket: Path) -> bool:
    try:
        with filelock.FileLock(ticket, timeout=0):
            pass
    except filelock.Timeout:
        return True
    ticket.unlink(missing_ok=True)
    return False


def tickets(queue: Path) -> list[Ticket]:
    """The jobs in line, the one at work first; those whose process has died are not."""
    with system.file_lock(queue / ".lock"):
        return _held(queue)


def listed(queue: Path) -> list[Ticket]:
    """The jobs in a line whose locks another machine holds; one that died a moment ago may be among them."""
    return [Ticket.read(path) for path in sorted(queue.glob(ALL))]


def waiting_names(queue: Path) -> list[str]:
    """Their names."""
    return [ticket.name for ticket in tickets(queue)]
