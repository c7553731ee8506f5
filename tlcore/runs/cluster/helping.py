"""Work that is shared out among machines of a cluster: a job's request for help, and who does what.

A worker whose work would take one machine long leaves a request in its job's folder, and a driver starts
helpers on machines that nobody needs. Whoever makes a part's file first does that part.

    helpers/     request.json  <part>.begun of each part: the machine and process that has begun it
                 rows.npy of a frozen part; else <part>.part, answers until the job has joined them
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np

from tlcore import system
from tlcore.config import Unfreeze
from tlcore.records import JsonType
from tlcore.runs.cluster import lease

WORTH_HELP = 60.0  # seconds of work for each machine that helps; it needs about eight to start TensorFlow
FOLDER, FILE, ROWS = "helpers", "request.json", "rows.npy"


class FrozenWork(msgspec.Struct, frozen=True, tag="frozen part"):
    """A frozen part.

    Attributes:
        store: the folder in the feature cache that is being filled; whoever would fill another one, on
            another kind of device for example, is of no help.
        unfrozen: the blocks that are not in it.
        batch: rows that are computed at once.
    """

    store: str
    unfrozen: Unfreeze
    batch: int


class AnswerWork(msgspec.Struct, frozen=True, tag="answers"):
    """The answers of a batch for its inputs from number `first` to the one before `end`.

    Attributes:
        source: what they come of, models and machine; whoever has another one is of no help.
    """

    first: int
    end: int
    source: str


class ScoreWork(AnswerWork, frozen=True, tag="scores"):
    """The answers of the model in the folder `run` for the examples of a data set that it is scored on; these
    are part of the `source`.
    """

    run: str
    data: str


class HelpRequest(msgspec.Struct, frozen=True):
    """Work that others may help with.

    Attributes:
        size: rows of a part.
        most: helpers that are worth their start.
    """

    work: FrozenWork | AnswerWork | ScoreWork
    size: int
    most: int


_REQUEST = JsonType(HelpRequest)


def read(folder: Path) -> HelpRequest | None:
    """The request of the job in `folder`; None: it needs no help, or whoever asked is gone."""
    if lease.age(folder, f"{FOLDER}/{FILE}") > lease.EXPIRES:
        return None
    return _REQUEST.read_or(folder / FOLDER / FILE, None)


@contextlib.contextmanager
def asked(folder: Path, request: HelpRequest, rows: np.ndarray | None = None) -> Iterator[None]:
    """Ask for help as long as the block lasts. What an earlier worker of the job had asked for is void.

    Args:
        rows: (n,) those of the frozen part.
    """
    withdraw(folder)
    (folder / FOLDER).mkdir(exist_ok=True)
    if rows is not None:
        np.save(folder / FOLDER / ROWS, rows, allow_pickle=False)
    system.write_atomic(folder / FOLDER / FILE, msgspec.json.encode(request) + b"\n")
    try:
        with lease.renewed(folder / FOLDER / FILE):
            yield
    finally:
        withdraw(folder)


def rows(folder: Path) -> np.ndarray:
    """The rows of the frozen part that others help with, (n,)."""
    found: np.ndarray = np.load(folder / FOLDER / ROWS, allow_pickle=False)
    return found


def withdraw(folder: Path) -> None:
    """Ask for nothing any more."""
    system.pass_fence()
    (folder / FOLDER / FILE).unlink(missing_ok=True)
    shutil.rmtree(folder / FOLDER, ignore_errors=True)


def take(folder: Path, part: int) -> bool:
    """Begin the part with that number; False: somebody else has, or no help is asked for any more."""
    system.pass_fence()
    try:
        with (folder / FOLDER / f"{part}.begun").open("x", encoding="utf-8") as file:
            print(platform.node(), os.getpid(), file=file)
    except (FileExistsError, FileNotFoundError):
        return False
    return True
