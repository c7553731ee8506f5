"""Kills of what makes a model instant: the spare worker, and a run whose model answers but is not proven.

Whatever is killed, the run ends with the same weights and report as one that nobody disturbed, and it never
claims before to be finished.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator

import msgspec
import psutil

from benchmarks.hostile.kills.interruption import SECONDS, compare, moments
from benchmarks.hostile.kills.training import outcome
from benchmarks.hostile.processes import GRAFT, Child
from benchmarks.hostile.record import Fault, ProcessEnd, Try
from benchmarks.hostile.world import World
from tests.fixtures.tiny_training import small
from tlcore.runs.job import ALIVE
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import LocalBackend
from tlcore.runs.workers.spare_worker import OFF

COUNT, QUICK = 20, 1
LOADING = 6.0  # seconds in which a spare worker loads, about


def tries(world: World, quick: bool) -> Iterator[Try]:
    """All of them."""
    command: list[object] = ["train", world.dataset, "--config"]
    if quick:  # the run that others look at is the one that nobody disturbs
        yield from unproven(world, [*command, world.run_config, "--out"], outcome(world.run), QUICK)
        return
    settings = small(epochs=4, unfreeze=1, data=str(world.dataset))
    whole = world.fresh("whole")
    command += [world.config(settings), "--out"]
    world.command(*command, whole)
    wanted = outcome(whole)
    yield from unproven(world, command, wanted, COUNT)
    os.environ.update({name: value for name, value in world.env().items() if name.startswith("GRAFT_")})
    os.environ[OFF] = "1"
    backend = LocalBackend()
    for number, moment in enumerate(moments(LOADING, COUNT)):
        run = Run.prepare(world.fresh("run"), msgspec.structs.replace(settings))
        victim, faults = kill_spare(backend, run, moment, is_claimed=number % 2 == 1)
        faults += compare(ProcessEnd(0, "", ""), wanted, lambda run=run: outcome(run.folder))  # type: ignore[misc]
        yield Try(f"spare worker killed after {moment:.1f} s, {victim}", faults)


def kill_spare(
    backend: LocalBackend, run: Run, moment: float, is_claimed: bool
) -> tuple[str, tuple[Fault, ...]]:
    """Kill the spare worker before the run takes it, or at a random moment after; then let the run end."""
    backend.get_ready(run.config().backbone, run.config().input_size)
    pid = backend.spare.pid
    if pid is None:
        return "none", (Fault("other", "no spare worker stood by"),)
    time.sleep(moment)
    if not is_claimed:
        psutil.Process(pid).kill()
    backend.submit(run)
    took = run.recorded().pid == pid
    if is_claimed:
        time.sleep(random.Random(moment).uniform(0, LOADING))
        backend.kill(run)
    faults = () if took == is_claimed else (Fault("other", f"the run took it: {took}"),)
    return ("claimed" if took else "waiting"), faults + finish(backend, run)


def finish(backend: LocalBackend, run: Run) -> tuple[Fault, ...]:
    """Wait for the end of a run, and go on with it until it is done."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        state = backend.status(run).state
        if state == "done":
            return ()
        if state not in ALIVE:
            backend.submit(run)
        time.sleep(0.05)
    return (Fault("other", f"the run did not end: {state}"),)


def unproven(world: World, command: list[object], wanted: object, count: int) -> Iterator[Try]:
    """`train`, killed between "can answer" and the model in its place; then `resume`."""
    for number in range(count):
        run = Run(world.fresh("run"))
        child = Child([*GRAFT, *command, run.folder], world.env(), world.here)
        while child.is_alive() and not run.recorded().can_answer:
            time.sleep(0.002)
        time.sleep(random.Random(number).uniform(0, 1.5))
        state = "proven" if run.has_model else "unproven"
        psutil.Process(child.process.pid).kill()
        child.wait(SECONDS)
        faults: tuple[Fault, ...] = ()
        has_report = (run.folder / "report.json").is_file()
        if run.recorded().state == "done" or (run.has_model and not has_report):
            faults = (Fault("other", "it claims to be finished"),)
        said = Child([*GRAFT, "resume", run.folder], world.env(), world.here).wait(SECONDS)
        faults += compare(said, wanted, lambda run=run: outcome(run.folder))  # type: ignore[misc]
        yield Try(f"training killed when it could answer, {state}", faults)
