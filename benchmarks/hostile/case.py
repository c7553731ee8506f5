"""A command-line input: the arguments, and how the command must end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.hostile.record import ProcessEnd
from benchmarks.hostile.world import World

REFUSED, WORKS, EITHER = (2,), (0,), (0, 2)
Check = Callable[[ProcessEnd], str]  # what else is wrong, in words; "" nothing


@dataclass(frozen=True)
class Case:
    """One input.

    Attributes:
        own: it needs a process of its own.
        closed: file descriptors that are closed for it.
        memory: bytes of address space that it may have.
        check: looks at what it left.
    """

    name: str
    words: Sequence[object]
    ends: tuple[int, ...] = REFUSED
    own: bool = False
    stdin: bytes = b""
    env: Mapping[str, str] = field(default_factory=dict)
    closed: tuple[int, ...] = ()
    memory: int = 0
    seconds: float = 90
    check: Check = lambda said: ""


Cases = Callable[[World], Iterator[Case]]


def unchanged(path: Path) -> Check:
    """Find that a file has changed since now."""
    before = path.read_bytes()

    def check(said: ProcessEnd) -> str:
        same = path.is_file() and path.read_bytes() == before
        return "" if same else f"{path.name} is not what it was"

    return check


def absent(path: Path) -> Check:
    """Find that something is at that path."""
    return lambda said: f"{path.name} was made" if path.exists() else ""


def prints(words: str) -> Check:
    """Find that the command did not print these words."""
    return lambda said: "" if words in said.err + said.out else f"does not say {words!r}"
