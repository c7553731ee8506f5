"""Threads that use the types of records for the first time at the same moment, in many processes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from benchmarks.common.measure import ROOT
from benchmarks.hostile.processes import Child
from benchmarks.hostile.record import Try, judge
from benchmarks.hostile.world import World

PROCESSES, QUICK, AT_ONCE = 250, 2, 2


def tries(world: World, quick: bool) -> Iterator[Try]:
    """Each process on its own."""
    assert world.run.is_dir()
    words = [sys.executable, "-m", "benchmarks.hostile.race_process", world.home]

    def race(number: int) -> Try:
        said = Child(words, world.env(), ROOT).wait(120)
        return Try(f"process {number}", judge(said, (0,)))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(race, range(QUICK if quick else PROCESSES))
