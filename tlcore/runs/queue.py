"""One run trains at a time in a workspace; the others wait in the order they came.

Each waiting process holds a locked ticket file in `queue/`; it is its turn when no earlier ticket is locked.
There is no scheduler: a lock frees itself when its process dies, however it dies.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import filelock

from tlcore import system

LOOK_EVERY = 0.5  # seconds
LONGEST_NAME = 180  # bytes of a run's name in a file name


@contextlib.contextmanager
def turn(queue: Path, name: str, waiting: Callable[[int], bool]) -> Iterator[bool]:
    """Wait for the turn of `name` and hold it.

    Args:
        waiting: called with the number of jobs ahead while there are any; returns False to give up.

    Yields:
        True when it is our turn, False when `waiting` gave up.
    """
    with system.file_lock(queue / ".lock"):
        ticket = _next_ticket(queue, name)
        lock = filelock.FileLock(ticket)
        lock.acquire()
    try:
        mine = True
        while mine and (ahead := _ahead(queue, ticket)):
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
    numbers = (int(ticket.name.split("~", 1)[0]) for ticket in queue.glob("*~*.ticket"))
    shown = name.encode()[:LONGEST_NAME].decode(errors="ignore")
    return queue / f"{max(numbers, default=0) + 1:012d}~{shown}.ticket"


def _ahead(queue: Path, ticket: Path) -> int:
    """Live tickets before this one; dead ones are swept."""
    with system.file_lock(queue / ".lock"):
        earlier = [other for other in sorted(queue.glob("*~*.ticket")) if other.name < ticket.name]
        return sum(_is_held(other) for other in earlier)


def _is_held(ticket: Path) -> bool:
    try:
        with filelock.FileLock(ticket, timeout=0):
            pass
    except filelock.Timeout:
        return True
    ticket.unlink(missing_ok=True)
    return False


def waiting_names(queue: Path) -> list[str]:
    """Names of the jobs in line, the one at work first; those whose process has died are not."""
    with system.file_lock(queue / ".lock"):
        alive = [ticket for ticket in sorted(queue.glob("*~*.ticket")) if _is_held(ticket)]
    return [ticket.stem.split("~", 1)[1] for ticket in alive]
