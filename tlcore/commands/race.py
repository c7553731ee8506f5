"""`race`: train the same on several backbones, one after the other, and say which is best.

Each backbone is a run in a process of its own, which outlives this one. So nothing is lost when either is
killed: the same command goes on where the race stood.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from tlcore import config as configuration
from tlcore import system
from tlcore.backbones import catalogue
from tlcore.commands.data import open_data
from tlcore.commands.train import check, for_task
from tlcore.config import RunConfig
from tlcore.data.settled import settled
from tlcore.errors import BackboneError, ConfigError, GraftError, RunError
from tlcore.runs.backend import LocalBackend, child_environment, tail
from tlcore.runs.job import ALIVE, Reporter
from tlcore.runs.queue import turn
from tlcore.runs.race import Asked, Entry, Race, Record, ranked
from tlcore.runs.run import Run
from tlcore.workspace import Workspace, disk_error

LOOK_EVERY = 0.2  # seconds
GRACE = 60.0  # seconds for a run to hear that it shall stop; loading TensorFlow can take that long
FORM = "{:26} {:>8} {:>13} {:>10} {:>12} {:>6} {:>10} {:>10} {:>7}"
HEADER = (
    *("backbone", "accuracy", "95 % interval", "validation", "parameters", "MB"),
    *("ms/example", "model only", "seconds"),
)


def race(args: argparse.Namespace) -> dict[str, Any]:
    """Hold the race, or go on with it."""
    backbones = entrants(args.backbones)
    config = recipe(args)
    for backbone in backbones:
        check(_for(backbone, config))
    held = Race(Path(args.out).absolute())
    held.check_free()
    dataset = open_data(Path(args.data), Workspace())
    manifest = dataset.read()
    for backbone in backbones:
        for_task(_for(backbone, config), manifest.task, chosen=True)
    config = settled(config, manifest)
    asked = Asked(backbones, msgspec.structs.replace(config, data=str(dataset.folder), backbone=""))
    with contextlib.ExitStack() as locks:
        try:
            locks.enter_context(system.locked(held.folder / ".lock", timeout=2))
        except TimeoutError as error:
            raise RunError("This race is at work already.", received=held.folder) from error
        held.claim(asked)
        return _guarded(held, asked)


def entrants(text: str) -> tuple[str, ...]:
    """Backbone ids from a list with commas.

    Raises:
        BackboneError: fewer than two, or one of them twice.
    """
    ids = tuple(part.strip() for part in text.split(",") if part.strip())
    twice = sorted({backbone for backbone in ids if ids.count(backbone) > 1})
    if twice:
        raise BackboneError("A backbone takes part once.", received=", ".join(twice), remedy="Name it once.")
    if any(backbone.startswith(catalogue.OWN) for backbone in ids):
        raise BackboneError("A race is for backbones of the catalogue.", received=text)
    if len(ids) < 2:
        remedy = "Name them with commas between, as in efficientnet_lite0,mobilenet_v2."
        raise BackboneError("A race needs at least two backbones.", received=text, remedy=remedy)
    return ids


def recipe(args: argparse.Namespace) -> RunConfig:
    """The configuration that holds for every backbone: the file's or the default, options win over it.

    Raises:
        ConfigError: it cannot be read, or is for one backbone only.
    """
    config = RunConfig()
    if args.config:
        try:
            config = configuration.from_json(Path(args.config).read_bytes())
        except OSError as error:
            raise ConfigError("The configuration file cannot be read.", received=args.config) from error
    if config.start_from:
        remedy = "Leave start_from out of the configuration."
        raise ConfigError("No earlier run fits several backbones.", received=config.start_from, remedy=remedy)
    if args.epochs is not None:
        training = msgspec.structs.replace(config.training, epochs=args.epochs)
        config = msgspec.structs.replace(config, training=training)
    if args.seed is not None:
        config = msgspec.structs.replace(config, seed=args.seed)
    return configuration.checked(config)


def _for(backbone: str, config: RunConfig) -> RunConfig:
    return msgspec.structs.replace(config, backbone=backbone)


def _guarded(held: Race, asked: Asked) -> dict[str, Any]:
    """Run everybody; whatever happens is written into the race's status."""
    reporter = Reporter(held)
    reporter.stage("racing", "Starting", total=len(asked.backbones))
    system.on_interrupt(held.request_stop)
    try:
        record = _all(held, asked, reporter)
        if not held.stop_requested() and all(entry.state != "done" for entry in record.entries):
            reasons = " ".join(f"{entry.backbone}: {entry.error or entry.state}" for entry in record.entries)
            raise RunError(f"No backbone finished. {reasons}")
    except BaseException as error:
        reporter.end("failed", error=str(error) or type(error).__name__)
        raise
    stopped = held.stop_requested()
    reporter.end("cancelled" if stopped else "done", record.verdict)
    state = "cancelled" if stopped else "done"
    return {"race": str(held.folder), "state": state} | msgspec.to_builtins(record)


def _all(held: Race, asked: Asked, reporter: Reporter) -> Record:
    for number, backbone in enumerate(asked.backbones):
        if held.stop_requested():
            break
        try:
            entry = _one(held, asked, number, reporter)
        except (GraftError, OSError) as problem:
            error = disk_error(problem) if isinstance(problem, OSError) else problem
            entry = Entry(backbone=backbone, state="failed", error=str(error))
        held.put(entry)
        _say(number, len(asked.backbones), entry)
    else:
        reporter.progress(len(asked.backbones), len(asked.backbones))
    return held.finish()


def _one(held: Race, asked: Asked, number: int, reporter: Reporter) -> Entry:
    """Train one backbone as far as it is not trained yet, and time its model."""
    backbone = asked.backbones[number]
    run = held.run(backbone)
    entry = held.record().entry(backbone) if run.folder.exists() else Entry(backbone=backbone)
    state = run.status().state
    if state not in (*ALIVE, "new", entry.state):
        entry = held.settled(entry)  # the race was killed over it, or somebody resumed the run by hand
    if entry.state != "done":
        entry = Entry(backbone=backbone, state="running", seconds=entry.seconds)
        held.put(entry)
        if not (run.folder / "config.json").is_file():
            Run.prepare(run.folder, _for(backbone, asked.config))
        _watch(held, run, number, reporter)
        entry = held.settled(entry)
    if entry.state == "done" and entry.milliseconds is None:
        entry = _timed(held, run, entry)
    return entry


def _watch(held: Race, run: Run, number: int, reporter: Reporter) -> None:
    """Start or resume the run and wait for its end, or stop it when the race is to stop."""
    backend = LocalBackend()
    backend.submit(run)
    total = len(held.record().entries)
    while (status := run.status()).state in ALIVE:
        reporter.progress(number, total, f"{run.id}: {status.message}")
        if held.stop_requested():
            backend.cancel(run, GRACE)
        time.sleep(LOOK_EVERY)


def _timed(held: Race, run: Run, entry: Entry) -> Entry:
    """The entry with the speed of its model, taken while no run trains beside it."""
    with turn(Workspace().queue, f"{run.id}-timing", lambda ahead: not held.stop_requested()) as mine:
        if not mine:
            return entry
        with held.log.open("ab") as log:
            done = subprocess.run(
                [sys.executable, "-m", "tlcore.graft.timing", str(run.folder)],
                stdout=subprocess.PIPE,
                stderr=log,
                env=child_environment(),
                check=False,
            )
    if done.returncode and held.stop_requested():  # Ctrl-C reaches it too
        return entry
    if done.returncode:
        return msgspec.structs.replace(entry, error=f"Its speed could not be measured. {tail(held.log)}")
    return msgspec.structs.replace(entry, **json.loads(done.stdout.splitlines()[-1]), error="")


def _say(number: int, total: int, entry: Entry) -> None:
    """One line for whoever watches the terminal."""
    result = entry.state if entry.accuracy is None else f"{entry.accuracy:.3f} in {entry.seconds:.0f} s"
    print(f"{number + 1} of {total}, {entry.backbone}: {result}", file=sys.stderr, flush=True)


def as_table(result: dict[str, Any]) -> str:
    """The race as lines to read, best first, with the verdict below."""
    entries = msgspec.convert(result["entries"], list[Entry])
    lines = [FORM.format(*HEADER), *map(_row, ranked(entries)), result["verdict"]]
    if result["state"] == "cancelled":
        lines.append("The race was stopped; the same command goes on with it.")
    return "\n".join(lines)


def _row(entry: Entry) -> str:
    if entry.accuracy is None or entry.interval is None or entry.validation_accuracy is None:
        state = "not started" if entry.state == "new" else entry.state
        return f"{entry.backbone:26} {state}{': ' if entry.error else ''}{entry.error}"
    row = FORM.format(
        entry.backbone,
        f"{entry.accuracy:.3f}",
        "–".join(f"{bound:.3f}" for bound in entry.interval),
        f"{entry.validation_accuracy:.3f}",
        _number(entry.parameters, ",d"),
        _number(entry.megabytes, ".1f"),
        _number(entry.milliseconds, ".1f"),
        _number(entry.milliseconds_model, ".1f"),
        f"{entry.seconds:.0f}",
    )
    return row if entry.state == "done" else f"{row}  (stopped early)"


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
