"""`prepare`: run the frozen part before any training, and estimate what a first model would get.

The Data and Model pages start exactly this command once data have arrived or a backbone was chosen. It gives
way to every run: what it has computed until then is in the cache, where the run finds it.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from tlcore import config as configuration
from tlcore import processes, system
from tlcore.commands.shared import values
from tlcore.commands.shared.datasets import add_columns, columns_of, open_data
from tlcore.commands.shared.job_worker import in_turn, logging_to
from tlcore.commands.shared.paths import own_path, path
from tlcore.commands.train import check, for_task
from tlcore.config import RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.defaults import with_defaults
from tlcore.data.manifest import Manifest
from tlcore.errors import DataError, GraftError, RunError
from tlcore.evaluate.estimate import estimate, record
from tlcore.evaluate.estimate.record import ExampleFeatures
from tlcore.runs import preparation as preparations
from tlcore.runs.job import JobState, Reporter
from tlcore.runs.preparation import GAVE_WAY, Preparation
from tlcore.runs.queue import PREPARATIONS
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace, check_free

LOOK_EVERY = 0.25  # seconds between two looks at whether a run has come, or a wish to stop
WAIT_EVERY = 2.0  # seconds between two looks at whether all runs have ended, which may take hours
WIDEST = 4 * 4096  # bytes of an example's features, at most
MOST_STORED = 8_000  # examples in `features.npz`, so that an edit needs no TensorFlow
STEPS = {
    "accuracy": "Estimating what a first model would get",
    "labels": "Looking for label errors",
    "map": "Drawing a map",
}
log = logging.getLogger(__name__)


class Stopped(Exception):
    """The person asked to stop, or a run came."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """DATA, the backbone, and where the job works."""
    parser.add_argument("data", type=path, help="as for train")
    parser.add_argument("--backbone", type=values.backbone, help="the backbone of the runs to come")
    parser.add_argument("--input-size", type=values.whole, metavar="N", help="their input size")
    parser.add_argument("--config", type=path, help="a config.json with their settings")
    parser.add_argument("--out", type=own_path, help="the job's folder (default: in the cache)")
    parser.add_argument(
        "--background", action="store_true", help="let all other programs go first, and go on after runs"
    )
    add_columns(parser)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Prepare a data set, in the foreground."""
    if args.background:
        processes.lower_priority()
    config = RunConfig() if args.config is None else configuration.read(args.config)
    chosen = {"backbone": args.backbone, "input_size": args.input_size}
    config = msgspec.structs.replace(config, **{key: value for key, value in chosen.items() if value})
    check(config)
    workspace = Workspace()
    dataset = open_data(Path(args.data), workspace, columns_of(args))
    manifest = dataset.read()
    if manifest.task not in preparations.TASKS:
        raise DataError(
            "What a first model would get is estimated for classes only; these pictures have places.",
            received=manifest.name,
            remedy="Train a model: it takes minutes.",
        )
    config = with_defaults(for_task(config, manifest.task, chosen=args.backbone is not None), manifest)
    config = preparations.essential(msgspec.structs.replace(config, data=str(dataset.folder)))
    check(config)
    usual = preparations.preparation_for(workspace, dataset, config)
    job = Preparation(Path(args.out).absolute()) if args.out else usual
    estimate.labelled_examples(manifest, config)  # one that cannot be trained on is refused before
    state = _work(job, dataset, manifest, config, args.background)
    if args.background and job.gave_way:
        _go_on(job, dataset)
    return summary(job, state)


def _work(
    job: Preparation, dataset: Dataset, manifest: Manifest, config: RunConfig, goes_on: bool
) -> JobState:
    """Do the work when no other preparation is at work, and write down how it ended.

    Args:
        goes_on: another process will go on with it after a run.
    """
    job.check_free()
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(system.file_lock(job.folder / ".lock", timeout=2))
        except TimeoutError as error:
            raise RunError("This preparation is at work already.", received=job.id) from error
        Preparation.prepare(job.folder, config)
        held.enter_context(logging_to(job))
        preparations.forget_old(Workspace(), dataset)

        def prepare_it(reporter: Reporter) -> tuple[JobState, str]:
            return _prepare(job, dataset, manifest, reporter, goes_on)

        return in_turn(
            job, job.id, prepare_it, Workspace().shared.folder("queue", PREPARATIONS), "preparation"
        )


def _prepare(
    job: Preparation, dataset: Dataset, manifest: Manifest, reporter: Reporter, goes_on: bool
) -> tuple[JobState, str]:
    """Features, then the estimate from them; how it ended, and what to say of it."""
    config = job.config()
    known = estimate.labelled_examples(manifest, config)
    with _giving_way(job, reporter) as has_run_come:
        try:
            features = _features(job, dataset, manifest, known.rows, reporter)
            found = features.of(known.sha256)
            if found is None:
                raise RunError("Another process changed the data.", received=dataset.id)

            current = "accuracy"

            def on_step(step: str) -> None:
                nonlocal current
                if step != current:  # it is called before each of two thousand passes
                    current = step
                    reporter.progress(0, 0, STEPS[step])
                _check_stop(job)

            reporter.stage("estimate", STEPS[current])
            made = estimate.estimate(known, found, config, on_step, lambda one: record.write(job.folder, one))
            record.write(job.folder, made)
        except Stopped:
            if has_run_come.is_set() and goes_on:
                reporter.stage(GAVE_WAY, "Paused for a run")
                return "cancelled", "Paused for a run; continues afterwards"
            return "cancelled", "Stopped for a run" if has_run_come.is_set() else "Stopped"
    return "done", "Ready"


@contextlib.contextmanager
def _giving_way(job: Preparation, reporter: Reporter) -> Iterator[threading.Event]:
    """Wait until no run is in line; meanwhile, and until the block ends, a run that comes stops the job.

    Yields:
        an event that is set once one has come.
    """
    has_run_come, is_over = threading.Event(), threading.Event()
    workspace = Workspace()

    def watch() -> None:
        while not is_over.wait(LOOK_EVERY):
            with contextlib.suppress(GraftError, OSError):  # the folder of the queue may be gone for a moment
                if preparations.is_run_in_line(workspace):
                    has_run_come.set()
                    job.request_stop()
                    return

    _wait_for_runs(job, reporter)
    watcher = threading.Thread(target=watch, name="giving way", daemon=True)
    watcher.start()
    try:
        yield has_run_come
    finally:
        is_over.set()
        watcher.join()


def _wait_for_runs(job: Preparation, reporter: Reporter) -> None:
    """Wait until no run is in line, or somebody asks to stop."""
    workspace = Workspace()
    if preparations.is_run_in_line(workspace):
        reporter.stage("queued", "Waiting for a run to end", state="queued")
    while preparations.is_run_in_line(workspace) and not job.stop_requested():
        next_look = time.monotonic() + WAIT_EVERY
        while time.monotonic() < next_look and not job.stop_requested():
            time.sleep(LOOK_EVERY)


def _check_stop(job: Preparation) -> None:
    if job.stop_requested():
        raise Stopped


def _features(
    job: Preparation, dataset: Dataset, manifest: Manifest, rows: np.ndarray, reporter: Reporter
) -> ExampleFeatures:
    """Features that enter a head, from an earlier preparation that has all of them, or from the frozen part.

    Raises:
        Stopped: it was stopped before.
    """
    _check_stop(job)
    config = job.config()
    if len(manifest.examples) <= MOST_STORED:
        rows = np.arange(len(manifest.examples))
    contents = {manifest.examples[row].sha256 for row in rows}
    found = preparations.stored_features(Workspace(), dataset, config, contents)
    if found is None:
        check_free(WIDEST * len(manifest.examples), Workspace().cache)
        reporter.stage("loading", "Starting TensorFlow")
        with system.stderr_to(job.log):
            from tlcore.graft import preparation  # after the wait: those who wait use no memory

        try:
            found = preparation.head_features(job, dataset, reporter, rows)
        finally:  # what the work has filled in is no choice of anybody's
            system.write_atomic(job.folder / "config.json", configuration.to_json(config))
    if found is None:
        raise Stopped
    found.save(job.folder)
    return found


def _go_on(job: Preparation, dataset: Dataset) -> None:
    """Leave the rest to a new process, which waits without TensorFlow until there is no run any more."""
    try:
        BACKEND.start(job, preparations.arguments(job, dataset))
    except GraftError as error:
        log.warning("it does not go on: %s", error)
        if job.gave_way:  # else another process was quicker
            Reporter(job).end("failed", error=str(error))


def summary(job: Preparation, state: str) -> dict[str, Any]:
    """The result that `--json` prints."""
    found = job.estimate()
    result: dict[str, Any] = {"preparation": str(job.folder), "state": state}
    if found is None or state != "done":
        return result
    plain = msgspec.to_builtins(found)
    del plain["analysis"]
    return result | {"accuracy": found.accuracy} | plain


def render(result: dict[str, Any]) -> str:
    """The estimate as lines to read."""
    if result["state"] != "done":
        return "Stopped."
    if not result["n"]:
        return "There are too few different examples for an estimate."
    low, high = result["interval"]
    lines = [f"A first model would get about {result['accuracy']:.0%} right ({low:.0%} to {high:.0%})."]
    width = max(len(one["label"]) for one in result["classes"])
    lines += [f"{one['label']:{width}} {one['right']:>6,} of {one['n']:,}" for one in result["classes"]]
    lines += [f"{point['examples']:>6,} to learn from: {point['accuracy']:.1%}" for point in result["curve"]]
    return "\n".join(lines)
