"""Shortages in one sentence: memory before a command begins, memory and disk while it works.

`__main__.py` asks `check` before a command loads anything; whoever catches what went wrong asks `explain`.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from typing import NamedTuple

from tlcore import memory
from tlcore.errors import GraftError, MemoryShortage, WorkspaceError
from tlcore.workspace import bytes_in_words
from tlcore.workspace.refusals import refusal

FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
# What libraries say instead, where their errors have no number of the system.
FULL_SAID = ("No space left on device", "errno = 28", "File too large", "errno = 27")
CLOSE_OTHERS = "Close other programs, or raise the limit where one is set (`ulimit -v`, a container)."


class Need(NamedTuple):
    """The least that a command takes with the smallest backbones, in bytes.

    `address`: address space, which a limit of the shell counts; TensorFlow maps several times what it uses.
    `memory`: what is used of it.
    """

    address: int
    memory: int


# Measured on two cores, features cached already: without a model 0.4 GB were
# enough and 0.3 were not; answering ran in 3 GB and crashed in 2, training ran in 4 and broke off in 3.
LITTLE, ASKING, LEARNING = (
    Need(400_000_000, 150_000_000),
    Need(3_000_000_000, 500_000_000),
    Need(4_000_000_000, 900_000_000),
)
WITH_MODEL = (ASKING, LEARNING)
NEEDS = {
    **dict.fromkeys(
        ("check", "import", "export", "sample", "fetch", "estimate", "hand-on", "open", "bring"), LITTLE
    ),
    **dict.fromkeys(("predict", "serve", "batch", "evaluate", "measure"), ASKING),
    **dict.fromkeys(("train", "resume", "find-rate", "experiment", "prepare", "export RUN"), LEARNING),
}


def check(command: str) -> None:
    """Refuse a command that has too little memory to begin with, where that can be known.

    Raises:
        MemoryShortage: less than `NEEDS` is there.
    """
    need = NEEDS.get(command)
    if need is None:
        return
    limit, left = memory.address_limit(), memory.available_bytes()
    if limit is not None and limit < need.address:
        raise MemoryShortage(
            f"`{command}` needs {bytes_in_words(need.address)} of address space, and this process may have "
            f"{bytes_in_words(limit)}.",
            remedy="Raise the limit (`ulimit -v unlimited`).",
        )
    if left < need.memory:
        raise MemoryShortage(
            f"`{command}` needs {bytes_in_words(need.memory)} of memory, and "
            f"{bytes_in_words(left)} are free.",
            remedy=CLOSE_OTHERS,
        )


def explain(error: BaseException) -> GraftError | None:
    """The error for a person who can do something about it; None where it is a mistake of ours."""
    if isinstance(error, GraftError) and not isinstance(error.__cause__, OSError):
        return error
    for one in _causes(error):
        said = str(one)
        if _is_full(one, said):
            where = one.filename if isinstance(one, OSError) else None
            return WorkspaceError(
                "The disk is full.", received=where, remedy="Free some disk space, then go on or begin anew."
            )
        if memory.ran_out(one):
            return MemoryShortage(
                "There is not enough memory for this.",
                remedy=f"Choose a smaller batch or input size, or unfreeze fewer blocks. {CLOSE_OTHERS}",
            )
    if isinstance(error, GraftError):
        return error
    return refusal(error) if isinstance(error, OSError) else None


def ended_error(command: str) -> MemoryShortage:
    """The error for a command whose process a library ended, under a limit of address space."""
    limit = memory.address_limit() or 0
    return MemoryShortage(
        f"`{command}` was ended in the middle: {bytes_in_words(limit)} of address space, the limit that is "
        "set, are not enough for this.",
        remedy="Raise the limit (`ulimit -v unlimited`), or choose a smaller batch or input size.",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what it came from, and so on."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__


def _is_full(error: BaseException, said: str) -> bool:
    if isinstance(error, OSError) and error.errno in FULL:
        return True
    # TensorFlow calls a full disk what it calls too little memory, and says which.
    may_be = isinstance(error, OSError | RuntimeError | ValueError) or type(error).__name__ in memory.KINDS
    return may_be and any(mark in said for mark in FULL_SAID)
