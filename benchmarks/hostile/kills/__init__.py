"""Processes that are killed at random moments: going on, or starting again, gives the undisturbed result.

SIGKILL, of the process or of all its family, and the two polite signals: 100 kills. The moments are seeded;
where in the work they fall depends on this computer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks.hostile.kills.answers import batches, predictors, preparations
from benchmarks.hostile.kills.data import edits, imports
from benchmarks.hostile.kills.experiments import experiments
from benchmarks.hostile.kills.training import saves, trainings
from benchmarks.hostile.record import Try
from benchmarks.hostile.world import World

KINDS: tuple[tuple[Callable[[World, int], Iterator[Try]], int, int], ...] = (  # how many, and in short
    (imports, 14, 1),
    (edits, 20, 1),
    (trainings, 14, 0),
    (saves, 14, 0),
    (batches, 12, 0),
    (preparations, 10, 0),
    (predictors, 8, 0),
    (experiments, 8, 0),
)


def tries(world: World, quick: bool) -> Iterator[Try]:
    """All of them."""
    for kill, count, short in KINDS:
        if many := short if quick else count:
            yield from kill(world, many)
