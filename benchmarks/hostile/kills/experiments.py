"""Experiments that are killed, alone or with the run at work: the same models and verdict in the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.hostile.kills.interruption import SECONDS, Words, compare, interrupt, moments, seconds_of
from benchmarks.hostile.kills.training import outcome
from benchmarks.hostile.processes import GRAFT, Child
from benchmarks.hostile.record import Try
from benchmarks.hostile.world import World
from tests.fixtures.tiny_training import small
from tlcore.runs.experiments.experiment import Experiment


def experiments(world: World, count: int) -> Iterator[Try]:
    """`experiment` with two arms, then the same again, which goes on with it."""
    env, whole = world.env(), world.fresh("whole")
    config = world.config(small(epochs=2))
    words: Words = ["experiment", "amount", world.dataset, "--no-random", "--sizes", "3,5"]
    command: Words = [*words, "--config", config, "--out"]
    seconds = seconds_of(world, [*command, whole], env)
    wanted = results(whole)
    for number, moment in enumerate(moments(seconds, count)):
        out = world.fresh("amount")
        faults = interrupt(world, [*command, out], moment, number, env)
        before = sum(path.is_file() for path in out.glob("*/report.json"))
        said = Child([*GRAFT, *command, out], env, world.here).wait(SECONDS)
        faults += compare(said, wanted, lambda out=out: results(out))  # type: ignore[misc]
        yield Try(f"experiment killed after {moment:.1f} s, {before} runs finished", faults)


def results(folder: Path) -> dict[str, Any]:
    """The verdict of an experiment, and the weights and the report of each of its runs."""
    experiment = Experiment(folder)
    found = experiment.record()
    runs = {entry.arm: outcome(experiment.run(entry).folder) for entry in found.entries}
    return {"verdict": found.verdict, **runs}
