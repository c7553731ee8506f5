"""Trainings that are killed anywhere, or while they save: the same weights and report in the end."""

from __future__ import annotations

import io
import shutil
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from benchmarks.hostile.kills.interruption import (
    SECONDS,
    Words,
    compare,
    end,
    interrupt,
    moments,
    seconds_of,
)
from benchmarks.hostile.processes import GRAFT, Child
from benchmarks.hostile.record import Fault, ProcessEnd, Try
from benchmarks.hostile.world import World
from tests.fixtures.tiny_training import small
from tlcore.runs.run import Run

LONGEST_SAVE = 1.5  # seconds after "saving" begins within which it is killed


def trainings(world: World, count: int) -> Iterator[Try]:
    """`train`, then `resume` where there is a run to go on with; weights and report are the same."""
    home = world.made("home")
    env, whole = world.env(GRAFT_HOME=str(home)), world.fresh("whole")
    command = _command(world)
    seconds = seconds_of(world, [*command, whole], env)
    wanted = outcome(whole)
    for number, moment in enumerate(moments(seconds, count)):
        shutil.rmtree(home)  # without what the earlier ones have computed
        out = world.fresh("run")
        faults = interrupt(world, [*command, out], moment, number, env)
        state, more = _go_on(world, command, out, env, wanted)
        yield Try(f"training killed after {moment:.1f} s, {state}", faults + more)


def saves(world: World, count: int) -> Iterator[Try]:
    """The same, killed after it has begun to save, to score and to study what it has trained."""
    env, whole = world.env(), world.fresh("whole")
    command = _command(world)
    seconds_of(world, [*command, whole], env)
    wanted = outcome(whole)
    for number, moment in enumerate(moments(LONGEST_SAVE, count)):
        run = Run(world.fresh("run"))
        child = Child([*GRAFT, *command, run.folder], env, world.here)
        while child.is_alive() and run.recorded().stage != "saving":
            time.sleep(0.002)
        time.sleep(moment)
        faults = end(child, number)
        state, more = _go_on(world, command, run.folder, env, wanted)
        yield Try(f"training killed {moment:.2f} s after it began to save, {state}", faults + more)


def _command(world: World) -> Words:
    return ["train", world.dataset, "--config", world.config(small(epochs=4, unfreeze=1)), "--out"]


def _go_on(
    world: World, command: Words, out: Path, env: dict[str, str], wanted: Any
) -> tuple[str, tuple[Fault, ...]]:
    """Its state after the kill, and the faults in what it comes to."""
    again: Words = ["resume", out] if (out / "config.json").is_file() else [*command, out]
    if (state := Run(out).recorded().state) == "done":
        said = ProcessEnd(0, "", "")
    else:
        said = Child([*GRAFT, *again], env, world.here).wait(SECONDS)
    return state, compare(said, wanted, lambda: outcome(out))


def outcome(run: Path) -> dict[str, Any]:
    """The weights and the report of a finished run."""
    found: dict[str, Any] = {"report": (run / "report.json").read_bytes()}
    with zipfile.ZipFile(run / "model.keras") as archive:
        content = archive.read("model.weights.h5")

    def keep(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = np.asarray(item).tobytes()

    with h5py.File(io.BytesIO(content), "r") as file:
        file.visititems(keep)
    return found
