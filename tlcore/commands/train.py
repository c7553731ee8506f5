"""`train` and `resume`: the worker itself. A page starts exactly these commands, and a person may too."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from tlcore import config as configuration
from tlcore import system
from tlcore.backbones import catalogue
from tlcore.commands.data import open_data
from tlcore.config import RunConfig
from tlcore.data.manifest import Dataset
from tlcore.errors import ConfigError, GraftError, RunError
from tlcore.runs.job import Reporter
from tlcore.runs.queue import turn
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

log = logging.getLogger("tlcore")


def train(args: argparse.Namespace) -> dict[str, Any]:
    """Start a new run in the foreground."""
    config = chosen(args)
    check(config)
    if Path(args.out).exists() and not Run(Path(args.out)).is_unstarted():
        raise RunError(
            "There is a run in that folder already.", received=args.out, remedy="Choose another, or resume."
        )
    dataset = open_data(Path(args.data), Workspace())
    run = Run.prepare(Path(args.out).absolute(), msgspec.structs.replace(config, data=str(dataset.folder)))
    return work(run)


def resume(args: argparse.Namespace) -> dict[str, Any]:
    """Go on with a run that was stopped, killed or lost."""
    run = Run.existing(Path(args.run).absolute())
    if run.status().state == "done":
        raise RunError("This run is finished.", received=run.id, remedy="Start a new run to train further.")
    return work(run)


def chosen(args: argparse.Namespace) -> RunConfig:
    """The configuration that the file and the options ask for; options win over the file."""
    config = configuration.PRESETS[args.preset]
    if args.config:
        try:
            config = configuration.from_json(Path(args.config).read_bytes())
        except OSError as error:
            raise ConfigError("The configuration file cannot be read.", received=args.config) from error
    head = {"hidden": args.head, "dropout": args.dropout}
    config = msgspec.structs.replace(
        config,
        head=msgspec.structs.replace(config.head, **_given(head)),
        training=msgspec.structs.replace(config.training, **_given({"epochs": args.epochs})),
        **_given({key: getattr(args, key) for key in ("backbone", "unfreeze", "seed", "start_from")}),
    )
    config = msgspec.structs.replace(config, cache=config.cache and not args.no_cache)
    return configuration.resolved(configuration.checked(config))


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in options.items() if value is not None}


def check(config: RunConfig) -> None:
    """Refuse before the queue what the backbone cannot do."""
    backbone = catalogue.get(config.backbone)
    catalogue.trainable_from(backbone, config.unfreeze)
    catalogue.input_size(backbone, config.input_size)


def work(run: Run) -> dict[str, Any]:
    """Do the run's work: wait for its turn, train, report; whatever happens is written into its folder."""
    _log_to(run)
    try:
        with system.locked(run.folder / ".lock", timeout=2):
            return _guarded(run)
    except TimeoutError as error:
        raise RunError("This run is at work already.", received=run.id) from error


def _guarded(run: Run) -> dict[str, Any]:
    reporter = Reporter(run)
    reporter.stage("queued", "Waiting for its turn", state="queued")
    system.on_interrupt(run.request_stop)
    try:
        state, message = _in_turn(run, reporter)
    except GraftError as error:
        log.error("%s", error)
        reporter.end("failed", error=str(error))
        raise
    except BaseException as error:
        log.exception("unexpected")
        reporter.end("failed", error=f"Something unexpected happened: {type(error).__name__}. See train.log.")
        raise
    reporter.end(state, message)
    return summary(run, state)


def _in_turn(run: Run, reporter: Reporter) -> tuple[Any, str]:
    def waiting(ahead: int) -> bool:
        text = "Waiting for another run to end" if ahead == 1 else f"Waiting for {ahead} other runs to end"
        reporter.stage("queued", text, state="queued")
        return not run.stop_requested()

    with turn(Workspace().queue, run.id, waiting) as mine:
        if not mine:
            return "cancelled", "Stopped while waiting"
        reporter.stage("loading", "Starting TensorFlow")
        from tlcore.graft import pipeline  # after the queue: those who wait use no memory

        if not pipeline.execute(run, Dataset(Path(run.config().data)), reporter):
            return "cancelled", "Stopped before the first epoch was finished"
    stopped = run.stop_requested()
    return ("cancelled", "Stopped; the best model so far is kept") if stopped else ("done", "Ready")


def summary(run: Run, state: str) -> dict[str, Any]:
    """What `--json` prints at the end."""
    result: dict[str, Any] = {"run": str(run.folder), "state": state}
    if run.has_model:
        report = run.report()
        result |= {
            "accuracy": report.test.accuracy,
            "n": report.test.n,
            "interval": report.test.interval,
            "baseline_accuracy": report.test.baseline_accuracy,
            "val_accuracy": report.validation_accuracy,
            "epochs": report.epochs,
        }
    return result


def _log_to(run: Run) -> None:
    """Log into `train.log`, and on the terminal unless the terminal is that file."""
    log.setLevel(logging.INFO)
    form = logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S")
    handlers: list[logging.Handler] = [logging.FileHandler(run.log, encoding="utf-8")]
    if os.environ.get("GRAFT_LOG") != str(run.log):
        handlers.append(logging.StreamHandler(sys.stderr))
    for handler in handlers:
        handler.setFormatter(form)
        log.addHandler(handler)
