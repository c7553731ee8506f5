"""The outcome of each try, and the judgement on how a command ended."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal["traceback", "exit", "other"]
# What no person should ever read: each is an exception that nobody expected.
CRUDE = ("Traceback (most recent call last)", "Something unexpected happened", "--- Logging error ---")
LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (INFO|WARNING) ")
LONGEST = 1500  # characters of the sentence that a command ends with
HUNG = -1000  # the exit code of what had to be ended after its time


@dataclass(frozen=True)
class ProcessEnd:
    """The end of a process: exit code (negative: the signal), its output, its peak memory."""

    code: int
    out: str
    err: str
    peak: int = 0  # bytes of resident memory; 0: not measured


class Fault(NamedTuple):
    """One thing that should not have happened."""

    kind: Kind
    said: str


@dataclass(frozen=True)
class Try:
    """One try with its faults; none: it ended as it should."""

    name: str
    faults: tuple[Fault, ...] = ()


def judge(said: ProcessEnd, ends: Sequence[int], also: Iterable[str] = ()) -> tuple[Fault, ...]:
    """Faults in the end of a command.

    Args:
        ends: the exit codes that it may have.
        also: other things that somebody found wrong.
    """
    told = said.err + said.out
    faults = [Fault("traceback", shorten(told, crude)) for crude in CRUDE if crude in told]
    if said.code not in ends:
        code = "no end in time" if said.code == HUNG else f"exit {said.code}"
        faults.append(Fault("exit", f"{code} where {list(ends)} is due: {shorten(said.err)}"))
    elif said.code == 2 and not faults:
        faults += [Fault("other", problem) for problem in _not_one_sentence(said)]
    return (*faults, *(Fault("other", problem) for problem in also if problem))


def sentences(said: ProcessEnd) -> list[str]:
    """The lines on standard error that are not the log's."""
    return [line for line in said.err.splitlines() if line.strip() and not LOG_LINE.match(line)]


def _not_one_sentence(said: ProcessEnd) -> Iterable[str]:
    """True where something else than one readable sentence says what was wrong."""
    lines = sentences(said)
    if len(lines) != 1:
        yield f"{len(lines)} lines where one sentence is due: {shorten(said.err)}"
    for line in lines[:1]:
        if len(line) > LONGEST or not line.isprintable():
            yield f"a sentence that is too long, or holds control characters: {shorten(line)}"


def shorten(text: str, at: str = "", most: int = 300) -> str:
    """The end of `text`, or what surrounds `at` in it, as one line."""
    where = text.find(at) if at else max(0, len(text) - most)
    return " ⏎ ".join(text[max(0, where) :][:most].split("\n")).strip()


def exception_fault(error: BaseException) -> tuple[Fault, ...]:
    """The fault that an exception of the program's own is."""
    return (Fault("traceback", f"{type(error).__name__}: {shorten(str(error))}"),)
