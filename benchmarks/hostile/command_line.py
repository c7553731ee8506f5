"""Odd inputs of the command line: each ends with 0, or with 2 and one sentence, and changes no input file."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import psutil

from benchmarks.hostile import inputs_paths, inputs_runs, inputs_settings
from benchmarks.hostile.case import Case, Cases
from benchmarks.hostile.processes import GRAFT, PLAIN, Child, WarmCommands, run
from benchmarks.hostile.record import ProcessEnd, Try, judge
from benchmarks.hostile.world import World, difference, fingerprint

TABLES: tuple[Cases, ...] = (
    inputs_paths.parser,
    inputs_paths.paths,
    inputs_paths.odd_outs,
    inputs_settings.options,
    inputs_settings.files,
    inputs_runs.broken_runs,
    inputs_runs.tables,
    inputs_runs.conversations,
    inputs_runs.streams,
    inputs_runs.surroundings,
    inputs_runs.resumes,
)
QUICK: tuple[Cases, ...] = (inputs_paths.parser,)
QUICK_MOST = 20
# By shells' custom 128 and the signal's number; negative: ended by the signal itself.
SIGNALS = {signal.SIGINT: (130,), signal.SIGTERM: (143, -signal.SIGTERM)}


def tries(world: World, quick: bool) -> Iterator[Try]:
    """Every input, one after the other."""
    warm = WarmCommands(world.env(), world.here)
    try:
        for table in QUICK if quick else TABLES:
            cases = list(table(world))
            before = fingerprint(world.given)
            for case in cases[:QUICK_MOST] if quick else cases:
                said = run_case(case, world, warm)
                after = fingerprint(world.given)
                touched, before = difference(before, after), after
                yield Try(case.name, judge(said, case.ends, (touched, case.check(said))))
    finally:
        warm.close()
    if not quick:
        yield from stopped_commands(world)


def run_case(case: Case, world: World, warm: WarmCommands) -> ProcessEnd:
    """Run the command of a case to its end."""
    env = world.env(**case.env)
    if case.own or case.memory:
        options = {"stdin": case.stdin, "closed": case.closed, "memory": case.memory}
        return run(case.words, env, world.here, case.seconds, **options)
    return warm.run(case.words, env, world.here, case.seconds, case.stdin)


def stopped_commands(world: World) -> Iterator[Try]:
    """Commands that are ended by Ctrl-C or a polite request, before they have made anything."""
    for number, ends in SIGNALS.items():
        for words in (
            ["train", world.dataset, "--out", world.fresh(), "--config", world.config_of_one_epoch],
            ["import", world.pictures, "--out", world.fresh()],
            ["predict", world.run, world.pictures],
            ["batch", world.run, world.pictures, "--out", world.fresh()],
        ):
            child = Child([*PLAIN, *GRAFT, *words], world.env(), world.here)
            time.sleep(1.0)  # Python is there, TensorFlow is not
            if child.is_alive():
                psutil.Process(child.process.pid).send_signal(number)
            said = child.wait(60)
            yield Try(f"{words[0]}, {number.name} after a second", judge(said, (*ends, 0)))
