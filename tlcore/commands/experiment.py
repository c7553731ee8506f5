"""`experiment`: train several runs that differ in one thing, one after the other, and say what came of it.

Each arm is a run in a process of its own, which outlives this one. So nothing is lost when either is killed:
the same command, or `resume`, goes on where the experiment stood.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from tlcore import system
from tlcore.commands.experiment_plan import arm_seconds, backbones, plan_experiment, recipe
from tlcore.commands.experiment_table import as_table
from tlcore.commands.measure import measure_speed
from tlcore.commands.shared import values
from tlcore.commands.shared.datasets import add_columns, columns_of, open_data
from tlcore.commands.shared.paths import own_path, path
from tlcore.data.dataset import manifest_for
from tlcore.data.manifest import Manifest
from tlcore.errors import GraftError, RunError, printable
from tlcore.plan import plan
from tlcore.runs import run_records
from tlcore.runs.experiments import DESIGNS
from tlcore.runs.experiments.experiment import Arm, ArmResult, Experiment, ExperimentRecord, ExperimentRequest
from tlcore.runs.experiments.time_left import EpochPace, EpochWatch, TimeLeft, kind_of, read_paces, write_pace
from tlcore.runs.job import ALIVE, Reporter, Status
from tlcore.runs.queue import TIMING, turn
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND
from tlcore.shortage import explain
from tlcore.workspace import Workspace

LOOK_EVERY = 0.2  # seconds
ENDED = ("done", "failed", "cancelled")
GRACE = 60.0  # seconds for a run to hear that it shall stop; loading TensorFlow can take that long


Tell = Callable[[Arm, Status, EpochPace | None], None]  # of an arm, of its run
render = as_table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The kind of experiment, DATA, and what the arms have in common."""
    parser.add_argument("kind", choices=tuple(DESIGNS), help="what they differ in")
    parser.add_argument("data", type=path, help="as for train")
    parser.add_argument(
        "--out", type=own_path, required=True, help="its folder; one that was interrupted goes on"
    )
    parser.add_argument("--backbones", metavar="ID[,ID]", help="several for a race, else one")
    parser.add_argument("--sizes", type=values.sizes, metavar="N[,N]", help="examples per class to try")
    parser.add_argument(
        "--no-random", action="store_true", help="without runs from random weights, which take longest"
    )
    parser.add_argument("--config", type=path, help="a config.json for what all runs have in common")
    parser.add_argument("--epochs", type=values.whole, help="at most, in each phase of training")
    parser.add_argument("--seed", type=values.whole)
    add_columns(parser)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Hold the experiment, or go on with it."""
    design = DESIGNS[args.kind]
    config = recipe(args)
    named = backbones(args.backbones)
    held = Experiment(Path(args.out).absolute())
    held.check_free()
    dataset = open_data(Path(args.data), Workspace(), columns_of(args))
    manifest = dataset.read()
    config = msgspec.structs.replace(config, data=str(dataset.folder), data_version=manifest.version)
    asked = plan_experiment(design, config, manifest, named, args.sizes or (), not args.no_random)
    return run_experiment(held, asked)


def run_experiment(held: Experiment, asked: ExperimentRequest) -> dict[str, Any]:
    """Train every arm that has not ended yet.

    Raises:
        RunError: it is at work already, or no run finished.
    """
    with contextlib.ExitStack() as locks:
        try:
            locks.enter_context(system.file_lock(held.folder / ".lock", timeout=2))
        except TimeoutError as error:
            raise RunError("This experiment is at work already.", received=held.folder) from error
        held.claim(asked)
        return _guarded(held)


def _guarded(held: Experiment) -> dict[str, Any]:
    """Run every arm; whatever happens is written into the experiment's status."""
    asked = held.record().asked
    reporter = Reporter(held)
    reporter.stage("running", "Starting", total=len(asked.arms))
    system.on_interrupt(held.request_stop)
    try:
        record = _all(held, asked, reporter)
        if not held.stop_requested() and not record.finished():
            reasons = " ".join(f"{entry.arm}: {entry.error or entry.state}" for entry in record.entries)
            raise RunError(f"No run finished. {reasons}")
    except BaseException as error:
        told = explain(error)
        reporter.end("failed", error=str(told or error) or type(error).__name__)
        if told:
            raise told from error
        raise
    stopped = held.stop_requested()
    reporter.end("cancelled" if stopped else "done", record.verdict)
    state = "cancelled" if stopped else "done"
    return {"experiment": str(held.folder), "state": state} | msgspec.to_builtins(record)


def _all(held: Experiment, asked: ExperimentRequest, reporter: Reporter) -> ExperimentRecord:
    design, total = DESIGNS[asked.kind], len(asked.arms)
    manifest = manifest_for(asked.config)
    pace = TimeLeft(
        [kind_of(arm.config) for arm in asked.arms],
        arm_seconds(asked, manifest, Workspace()),
        read_paces(Workspace(), manifest.task),
    )
    if BACKEND.is_wide:
        _hand_in(held, asked.arms, manifest)
    for number, arm in enumerate(asked.arms):
        if held.stop_requested() and not _is_at_work(held, arm):
            continue
        was_done = held.record().entry(arm.key).state == "done"
        try:
            following = None if design.races else next(iter(asked.arms[number + 1 :]), None)
            entry = _one(held, arm, following, manifest, partial(_tell, reporter, pace, number))
            if design.races and entry.state == "done" and entry.milliseconds is None:
                entry = _timed(held, entry)
        except (GraftError, OSError) as problem:
            error = explain(problem)
            entry = msgspec.structs.replace(held.record().entry(arm.key), state="failed", error=str(error))
        held.put(entry)
        if not was_done:  # else nobody saw how long it waited
            _note_pace(pace, asked, manifest, number, entry)
        _say(number, total, arm, entry)
    if not held.stop_requested():
        reporter.progress(total, total, seconds_left=0.0)
    return held.finish(design.conclude)


def _tell(
    reporter: Reporter, pace: TimeLeft, number: int, arm: Arm, status: Status, epochs: EpochPace | None
) -> None:
    left = pace.left(number, epochs, is_waiting=status.state == "queued")
    note = f" ({pace.note})" if pace.note else ""
    reporter.progress(number, len(pace.kinds), f"{arm.label}: {status.message}{note}", seconds_left=left)


def _note_pace(
    pace: TimeLeft, asked: ExperimentRequest, manifest: Manifest, number: int, entry: ArmResult
) -> None:
    """Plan anew with the speed that an arm has measured, and keep its pace for the next experiment."""
    planned, kind = pace.planned, pace.kinds[number]
    with contextlib.suppress(GraftError, OSError):  # an estimate is no reason to stop
        planned = arm_seconds(asked, manifest, Workspace())
    pace.ended(number, entry.seconds, planned)
    if entry.state == "done" and entry.seconds:
        with contextlib.suppress(GraftError, OSError):
            write_pace(Workspace(), manifest.task, kind, pace.pace(kind))


def _hand_in(held: Experiment, arms: tuple[Arm, ...], manifest: Manifest) -> None:
    """Start all arms that have not ended, where they train side by side; then each is waited for in turn."""
    for arm in arms:
        with contextlib.suppress(GraftError, OSError):  # whoever waits for it tries again, and says why
            entry = _prepared(held, arm, manifest)
            if entry.state != "done" and not held.stop_requested():
                BACKEND.submit(held.run(entry))


def _is_at_work(held: Experiment, arm: Arm) -> bool:
    entry = held.record().entry(arm.key)
    return bool(entry.run) and BACKEND.status(held.run(entry)).state in ALIVE


def _one(held: Experiment, arm: Arm, following: Arm | None, manifest: Manifest, tell: Tell) -> ArmResult:
    """Train one arm as far as it is not trained yet; have a worker ready for the following one."""
    entry = held.record().entry(arm.key)
    if BACKEND.is_wide and entry.state == "running" and BACKEND.status(held.run(entry)).state in ENDED:
        return held.settled(entry)  # it was handed in, and ended while others were waited for
    entry = _prepared(held, arm, manifest)
    if entry.state == "done":
        return entry
    _watch(held, held.run(entry), arm, following, tell)
    return held.settled(entry)


def _prepared(held: Experiment, arm: Arm, manifest: Manifest) -> ArmResult:
    """The entry of an arm, whose run is there and may be started; "done" where it has ended."""
    entry = held.record().entry(arm.key)
    if not entry.run or not held.run(entry).folder.exists():
        entry = ArmResult(arm=arm.key, run=held.place(arm))
    run = held.run(entry)
    state = BACKEND.status(run).state
    if state not in (*ALIVE, "new", entry.state):
        entry = held.settled(entry)  # this was killed over it, or somebody resumed the run by hand
    if entry.state == "done":
        return entry
    cost = plan(arm.config, manifest, Workspace())
    entry = ArmResult(
        arm=arm.key,
        run=entry.run,
        state="running",
        seconds=entry.seconds,
        parameters=cost.backbone_parameters + cost.head_parameters,
        trained_parameters=cost.trained_parameters,
    )
    held.put(entry)
    if not (run.folder / "config.json").is_file():
        Run.prepare(run.folder, arm.config)
        name = printable(f"{held.record().asked.name}: {arm.label}", run_records.LONGEST_NAME)
        run_records.write_notes(run.folder, run_records.Notes(name=name))
    return entry


def _watch(held: Experiment, run: Run, arm: Arm, following: Arm | None, tell: Tell) -> None:
    """Start or resume the run and wait for its end, or stop it when the experiment is to stop."""
    BACKEND.submit(run)
    epochs = EpochWatch(run, arm.config)
    while (status := BACKEND.status(run)).state in ALIVE:
        tell(arm, status, epochs.pace())
        if held.stop_requested():
            BACKEND.cancel(run, GRACE)
        elif status.can_answer and following:
            BACKEND.get_ready(following.config.backbone, following.config.input_size)
        time.sleep(LOOK_EVERY)


def _timed(held: Experiment, entry: ArmResult) -> ArmResult:
    """The entry with the speed of its model, taken while no run trains beside it."""
    run = held.run(entry)
    with turn(Workspace().shared.queue, f"{run.id}{TIMING}", lambda ahead: not held.stop_requested()) as mine:
        if not mine:
            return entry
        try:
            found = measure_speed(run, held.stop_requested)
        except RunError as error:
            return msgspec.structs.replace(entry, error=str(error))
    known = msgspec.to_builtins(found) if found else {}
    return msgspec.structs.replace(entry, **known, error="")


def _say(number: int, total: int, arm: Arm, entry: ArmResult) -> None:
    """One line for whoever watches the terminal."""
    result = entry.state if entry.accuracy is None else f"{entry.accuracy:.3f} in {entry.seconds:.0f} s"
    print(f"{number + 1} of {total}, {arm.label}: {result}", file=sys.stderr, flush=True)
