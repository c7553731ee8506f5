"""Putting a person's workspace back to how it was when they came, and undoing that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tlcore.errors import GraftError
from tlcore.people import register
from tlcore.people.register import Person
from tlcore.runs.job import ALIVE, Job
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace
from tlcore.workspace.home import at_home, shared_home
from tlcore.workspace.refusals import list_folder

JOBS = ("experiments/*", "runs/*", "runs/*/*/*", "batches/*", "datasets/*", "datasets/*/adding/*", "cache/**")
ROUNDS = 5
KINDS = ("experiments", "runs", "batches", "datasets")  # what is deleted first rests on what comes after


def end_jobs(person: Person) -> None:
    """End all that works for a person, at once: first what starts others, and again what was starting."""
    for _ in range(ROUNDS):
        if not (alive := [job for job in _jobs(person.home) if BACKEND.status(job).state in ALIVE]):
            return
        for job in alive:
            BACKEND.cancel(job, grace=0)


def _jobs(home: Path) -> Iterator[Job]:
    for place in JOBS:
        for status in home.glob(f"{place}/status.json"):
            yield Job(status.parent)


def put_back(person: Person) -> list[Path]:
    """Move all that a person has to their trash; returns where it lies, for `undo`.

    Raises:
        WorkspaceError: something is in use, or nobody can write there. What was moved before stays moved.
    """
    end_jobs(person)
    moved = []
    with at_home(person.home):
        workspace = Workspace()
        for kind in KINDS:
            moved += [workspace.discard(folder) for folder in list_folder(person.home / kind)]
        workspace.empty_cache()
    return moved


def undo(person: Person, moved: list[Path]) -> int:
    """Bring back what `put_back` moved; returns how much could not be: it is gone, or its place is taken."""
    lost = 0
    with at_home(person.home):
        for folder in reversed(moved):
            try:
                Workspace().restore(folder)
            except GraftError:
                lost += 1
    return lost


def remove(person: Person) -> None:
    """Sign a person out, end their work, and move all that is theirs to the trash of the server.

    Raises:
        WorkspaceError: something is in use, or nobody can write there.
    """
    register.take_back_all(person)
    end_jobs(person)
    Workspace(shared_home()).discard(person.home)
