"""`train`: the worker itself. A page starts exactly this command, and a person may too."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from tlcore import config as configuration
from tlcore import system
from tlcore.backbones.catalogue import catalogue
from tlcore.commands.shared import values
from tlcore.commands.shared.datasets import DATA, add_columns, columns_of, open_data
from tlcore.commands.shared.job_worker import in_turn, logging_to
from tlcore.commands.shared.lines import key_value_lines
from tlcore.commands.shared.paths import own_path, path
from tlcore.config import DEFAULT_BACKBONES, RunConfig
from tlcore.config.task import INPUTS
from tlcore.data.defaults import with_defaults
from tlcore.data.manifest import Manifest, Task
from tlcore.data.task_settings import setting_for
from tlcore.data.task_words import ANY_TASK, WORDS
from tlcore.errors import BackboneError, ConfigError, RunError
from tlcore.export.tracking import record
from tlcore.export.tracking.record import ToolName
from tlcore.export.tracking.track import track
from tlcore.runs.cluster import lease
from tlcore.runs.job import JobState, Reporter
from tlcore.runs.run import Run
from tlcore.runs.workers import live_model
from tlcore.workspace import Workspace

ENDS: dict[str, tuple[JobState, str]] = {
    "finished": ("done", "Ready"),
    "stopped": ("cancelled", "Stopped; the best model so far is kept"),
    "nothing": ("cancelled", "Stopped before the first epoch was finished"),
}


render = key_value_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """DATA, the run's folder and its settings."""
    parser.add_argument("data", type=path, help=DATA)
    parser.add_argument("--out", type=own_path, required=True, help="the run's folder; must not hold a run")
    recipe = parser.add_mutually_exclusive_group()
    recipe.add_argument("--config", type=path, help="a config.json; options given here win over it")
    recipe.add_argument("--preset", choices=("recommended", "tutorial"))
    parser.add_argument("--backbone", type=values.backbone, help=_help("backbone"))
    parser.add_argument("--unfreeze", type=values.unfreeze, metavar="0|N|all", help=_help("unfreeze"))
    parser.add_argument("--head", type=values.widths, metavar="none|128[,64]", help=_help("head.hidden"))
    parser.add_argument("--dropout", type=values.number, help=_help("head.dropout"))
    parser.add_argument(
        "--counts",
        action=argparse.BooleanOptionalAction,
        help="let the head count words or letters of texts where that helps, or never",
    )
    parser.add_argument("--views", type=values.whole, metavar="N", help=_help("augmentation.views"))
    parser.add_argument("--epochs", type=values.whole, help=f"{_help('training.epochs')} In each phase.")
    parser.add_argument("--seed", type=values.whole, help=_help("seed"))
    parser.add_argument(
        "--start-from", type=own_path, metavar="RUN", help="continue from that run's weights and settings"
    )
    parser.add_argument(
        "--track",
        action="append",
        choices=record.TOOLS,
        default=[],
        help="write the finished run for this program too; give it once for each",
    )
    parser.add_argument("--no-cache", action="store_true", help="run the frozen part anew in every epoch")
    add_columns(parser)


def _help(path: str) -> str:
    setting = setting_for(path, ANY_TASK)
    help = f"{setting.title}: {setting.help[:1].lower()}{setting.help[1:]}"
    return help.replace("%", "%%")  # as argparse wants it


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Start a new run in the foreground."""
    config = _with_earlier_head(config_from(args))
    check(config)
    new = Run(Path(args.out).absolute())
    new.check_free()
    dataset = open_data(Path(args.data), Workspace(), columns_of(args))
    manifest = dataset.read()
    config = with_defaults(for_task(config, manifest.task, chosen=args.backbone is not None), manifest)
    check(config)
    check_start(config, manifest)
    return work(new, msgspec.structs.replace(config, data=str(dataset.folder)), args.track)


def config_from(args: argparse.Namespace) -> RunConfig:
    """The configuration that the file, the preset or the run to continue from gives; options win over it."""
    config = configuration.PRESETS[args.preset or "recommended"]
    if args.start_from is not None and args.preset is None and args.config is None:
        config = _as_earlier(Run.existing(Path(args.start_from)), args.unfreeze)
    if args.config is not None:
        config = configuration.read(args.config)
        config = msgspec.structs.replace(config, backbone=values.backbone(config.backbone))
    head = {"hidden": args.head, "dropout": args.dropout, "counts": args.counts}
    config = msgspec.structs.replace(
        config,
        head=msgspec.structs.replace(config.head, **_given(head)),
        training=msgspec.structs.replace(config.training, **_given({"epochs": args.epochs})),
        fine_tuning=msgspec.structs.replace(config.fine_tuning, **_given({"epochs": args.epochs})),
        augmentation=msgspec.structs.replace(config.augmentation, **_given({"views": args.views})),
        **_given({key: getattr(args, key) for key in ("backbone", "unfreeze", "seed", "start_from")}),
    )
    config = msgspec.structs.replace(config, cache=config.cache and not args.no_cache)
    if config.start_from:
        config = msgspec.structs.replace(config, start_from=os.path.abspath(config.start_from))
    return configuration.checked(config)


def _with_earlier_head(config: RunConfig) -> RunConfig:
    """The configuration with the hidden layers of the run that it continues from, where it names none."""
    if not config.start_from or config.head.hidden is not None:
        return config
    return configuration.with_hidden(config, Run.existing(Path(config.start_from)).config().hidden)


def _as_earlier(run: Run, unfreeze: int | str | None) -> RunConfig:
    """The settings of the run to continue from, since its weights fit no other head.

    Where other blocks are to train now, the learning rate is chosen anew.
    """
    config = run.config()
    if unfreeze in (None, config.unfreeze):
        return config
    return msgspec.structs.replace(
        config, fine_tuning=msgspec.structs.replace(config.fine_tuning, learning_rate=None)
    )


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in options.items() if value is not None}


def check(config: RunConfig) -> None:
    """Refuse before the queue what the backbone cannot do."""
    backbone = catalogue.get(config.backbone)
    catalogue.trainable_from(backbone, config.unfreeze)
    catalogue.input_size(backbone, config.input_size)
    if not config.pretrained and config.unfreeze != "all":
        raise ConfigError(
            "A backbone with random weights knows nothing to keep: all of it has to train.",
            received=f"pretrained false, unfreeze {config.unfreeze}",
            remedy="Unfreeze all, or use the pretrained weights.",
        )
    if config.augmentation.mixup and catalogue.task_of(config) != "images":
        raise ConfigError(
            "Mixup blends pictures and their classes.",
            received=config.augmentation.mixup,
            remedy="Leave it out.",
        )


def for_task(config: RunConfig, task: Task, chosen: bool) -> RunConfig:
    """The configuration with the task's own default backbone, unless a backbone was `chosen`.

    Raises:
        BackboneError: the chosen one is for another task.
    """
    backbone = catalogue.get(config.backbone)
    if config.task not in (None, task):
        raise ConfigError(
            "These settings are for another kind of model than this data set is for.",
            received=config.task,
            remedy="Leave the task out of them.",
        )
    if catalogue.serves(backbone, task):
        # Once a folder is gone, nothing else tells what the model reads.
        written = task if backbone.source == "folder" else config.task
        return msgspec.structs.replace(config, backbone=backbone.id, task=written)
    if backbone.task == INPUTS[task]:
        raise BackboneError(
            f"{backbone.name} gives no maps of 8, 16 and 32 pixels, which finding things needs.",
            received=config.backbone,
            remedy=f"Leave it out for {DEFAULT_BACKBONES[task]}, or choose another one.",
        )
    if chosen or config.backbone != RunConfig().backbone:
        raise BackboneError(
            f"{backbone.name} reads {WORDS[backbone.task].many}, and this data set holds {WORDS[task].many}.",
            received=config.backbone,
            remedy=f"Leave it out for {DEFAULT_BACKBONES[task]}, or choose another one.",
        )
    return msgspec.structs.replace(config, backbone=DEFAULT_BACKBONES[task])


def check_start(config: RunConfig, manifest: Manifest) -> None:
    """Refuse to continue from a run that has no model, or one for other classes."""
    if not config.start_from:
        return
    earlier = Run.existing(Path(config.start_from))
    earlier.require_model()
    if earlier.labels() != manifest.classes:
        raise RunError(
            "The run to continue from knows other classes.",
            received=", ".join(earlier.labels()),
            remedy="Train afresh for these classes.",
        )


def work(run: Run, config: RunConfig | None = None, tools: Collection[ToolName] = ()) -> dict[str, Any]:
    """Do the run's work: wait for its turn, train, report; whatever happens is written into its folder.

    Args:
        config: what a new run shall do; None resumes one.
        tools: programs that a new run is written for when it ends.

    Raises:
        GraftError: the reason why it failed, or was not started.
    """
    with contextlib.ExitStack() as held:
        held.enter_context(alone(run))
        if config:
            Run.prepare(run.folder, config)
            record.ask(run.folder, tools)
        elif run.recorded().state == "done":
            remedy = "Start a new run to train further."
            raise RunError("This run is finished.", received=run.id, remedy=remedy)
        else:
            check_start(run.config(), run.manifest())
        held.enter_context(logging_to(run))
        return _guarded(run)


@contextlib.contextmanager
def alone(run: Run) -> Iterator[None]:
    """Nobody else works on the run: on this machine by a lock, on a cluster by a lease.

    Raises:
        RunError: somebody does.
    """
    if token := lease.own_token():
        with lease.held(run.folder, token):
            yield
        return
    if lease.is_alive(run.folder):
        raise RunError("This run is at work on a cluster already.", received=run.id)
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(system.file_lock(run.folder / ".lock", timeout=2))
        except TimeoutError as error:
            raise RunError("This run is at work already.", received=run.id) from error
        lease.drop(run.folder)
        yield


def _guarded(run: Run) -> dict[str, Any]:
    def train_it(reporter: Reporter) -> tuple[JobState, str]:
        with system.stderr_to(run.log):
            from tlcore.graft import pipeline  # after the queue: those who wait use no memory

        serve = None if lease.own_token() else partial(_answers, run)  # nobody asks another machine
        end = pipeline.execute(run, run.dataset(), reporter, serve)
        if run.has_model and record.read(run.folder).tools:
            reporter.stage("tracking", "Writing the run for other programs")
            track(run)
        return ENDS[end]

    state = in_turn(run, run.id, train_it)
    if state == "done":
        run.drop_checkpoints()
    return summary(run, state)


def _answers(run: Run, model: Any) -> contextlib.AbstractContextManager[bool]:
    """Answers of the trained `keras.Model`, from this process, while its file is saved and proven."""
    from tlcore.explain.why import Why
    from tlcore.graft.predict.predictor import load

    return live_model.serve(run, Why(load(run, model)).answer)


def summary(run: Run, state: str) -> dict[str, Any]:
    """The result that `--json` prints."""
    result: dict[str, Any] = {"run": str(run.folder), "state": state}
    if run.has_model:
        report = run.report()
        result |= report.test.task_metrics | {
            "accuracy": report.test.accuracy,
            "n": report.test.n,
            "interval": report.test.interval,
            "baseline_label": report.test.baseline_label,
            "baseline_accuracy": report.test.baseline_accuracy,
            "val_accuracy": report.validation_accuracy,
            "epochs": report.epochs,
        }
    return result
