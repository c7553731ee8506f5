"""Ending a command at a chosen moment, and comparing what came of it with an undisturbed result."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from typing import Any

import psutil

from benchmarks.hostile.processes import GRAFT, Child, kill_family
from benchmarks.hostile.record import Fault, ProcessEnd, judge
from benchmarks.hostile.world import World

SECONDS = 240
POLITE = {signal.SIGTERM: (143, -signal.SIGTERM), signal.SIGINT: (130, -signal.SIGINT)}
KILLED = (-signal.SIGKILL,)

Words = list[object]


def interrupt(
    world: World, words: Words, after: float, number: int, env: dict[str, str]
) -> tuple[Fault, ...]:
    """Start a command and end it after so many seconds; what was wrong with its end."""
    child = Child([*GRAFT, *words], env, world.here)
    deadline = time.monotonic() + after
    while child.is_alive() and time.monotonic() < deadline:
        time.sleep(0.002)
    return end(child, number)


def end(child: Child, number: int) -> tuple[Fault, ...]:
    """End it, if it has not ended yet, in the way of this number; what was wrong with its end."""
    way = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGINT)[number % 5]
    if child.is_alive():
        if number % 5 == 3:
            kill_family(psutil.Process(child.process.pid))
        else:
            psutil.Process(child.process.pid).send_signal(way)
    said = child.wait(SECONDS)
    if way == signal.SIGKILL:
        return () if said.code in (*KILLED, 0) else judge(said, (*KILLED, 0))
    return judge(said, (*POLITE[way], 0))


def moments(seconds: float, count: int) -> list[float]:
    """Seeded moments, spread over so many seconds."""
    chance = random.Random(count)
    return [seconds * (number + chance.random()) / count for number in range(count)]


def seconds_of(world: World, words: Words, env: dict[str, str]) -> float:
    """Seconds of a command that nobody disturbs.

    Raises:
        SystemExit: it failed.
    """
    began = time.monotonic()
    said = Child([*GRAFT, *words], env, world.here).wait(SECONDS)
    if said.code:
        raise SystemExit(f"{words!r} ended with {said.code}: {said.err}")
    return time.monotonic() - began


def compare(said: ProcessEnd, wanted: Any, found: Callable[[], Any]) -> tuple[Fault, ...]:
    """Faults in the final result."""
    faults = judge(said, (0,))
    if faults:
        return faults
    try:
        return () if found() == wanted else (Fault("other", "another result than undisturbed"),)
    except Exception as error:
        return (Fault("other", f"its result cannot be read: {type(error).__name__}: {error}"),)
