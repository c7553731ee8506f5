"""A run from data set to finished model, top to bottom: load, run the frozen part, train, score, save.

Called by the worker once it is the run's turn. Every step writes to the run folder only, and every step that
was finished before a crash is found there and not done again.
"""

from __future__ import annotations

import functools
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import keras
import numpy as np
import tensorflow as tf

from tlcore import system
from tlcore.config import RunConfig
from tlcore.data.manifest import Dataset, Manifest
from tlcore.data.splits import assign
from tlcore.errors import DataError, RunError
from tlcore.evaluate import report
from tlcore.graft import device as devices
from tlcore.graft import features, model, saved, training
from tlcore.graft.checkpoint import Progress
from tlcore.graft.cross_validation import cross_validate
from tlcore.graft.source import Inference, Source
from tlcore.runs.job import Reporter
from tlcore.runs.metrics import MetricsLog
from tlcore.runs.run import Run

Outcome = Literal["finished", "stopped", "nothing"]
log = logging.getLogger(__name__)
SMALL_VALIDATION = 100  # examples; below, one split's accuracy says little and folds are used besides


@dataclass(frozen=True)
class Task:
    """What one run works on."""

    run: Run
    config: RunConfig
    dataset: Dataset
    manifest: Manifest
    reporter: Reporter

    @functools.cached_property
    def splits(self) -> np.ndarray:
        """The split of every example, (n,)."""
        return np.array(assign(self.manifest, self.config.split))

    def rows(self, split: str) -> np.ndarray:
        """Row numbers of one split.

        Raises:
            DataError: there are none.
        """
        rows = np.flatnonzero(self.splits == split)
        if not len(rows):
            raise DataError(
                f"The data set has no pictures for the {split} part.", received=self.manifest.name
            )
        return rows

    def stop_if_asked(self) -> bool:
        """False, unless the person asked to stop.

        Raises:
            Stopped: they did.
        """
        if self.run.stop_requested():
            raise Stopped
        return False

    def class_numbers(self) -> np.ndarray:
        """Class number of every example, (n,) int64."""
        number = {label: i for i, label in enumerate(self.manifest.classes)}
        return np.array([number[example.label] for example in self.manifest.examples], dtype=np.int64)

    def source(self, reader: features.Reader, rows: np.ndarray) -> Source:
        return Source(reader, rows, self.class_numbers()[rows], self.config.training.batch_size)


def execute(run: Run, dataset: Dataset, reporter: Reporter) -> Outcome:
    """Train what `run` asks for.

    Returns:
        how it ended: "finished"; "stopped", with the best model so far kept; "nothing" when it was stopped
        before there was anything to keep.

    Raises:
        GraftError: what a person can do something about, too little memory included.
    """
    try:
        return _execute(Task(run, run.config(), dataset, dataset.read(), reporter))
    except Stopped:
        return "nothing"
    except (tf.errors.ResourceExhaustedError, MemoryError) as error:
        raise RunError(
            "There is not enough memory for this.",
            remedy="Choose a smaller batch or input size, or unfreeze fewer blocks.",
        ) from error


def _execute(task: Task) -> Outcome:
    run, dataset, reporter = task.run, task.dataset, task.reporter
    for split in ("train", "validation", "test"):
        task.rows(split)
    run.write_labels(task.manifest.classes)
    computing = _set_up_device(reporter)
    graft = _build(task, computing.precision)
    source = features.Pictures(
        [dataset.file(example.sha256) for example in task.manifest.examples],
        graft.whole.input_shape[1],
        task.config.fit,
    )
    task.stop_if_asked()
    reader = _reader(task, graft, source)
    progress, why = _train(task, graft, reader)
    if not progress.epoch:
        return "nothing"
    if computing.precision != "float32":
        graft = _in_full_precision(task, graft)
        reader = features.on_the_fly(features.Frozen(graft.front), source)
    return _finish(task, graft, source, reader, progress, why)


class Stopped(Exception):
    """The person asked to stop while there was nothing to keep yet, or nothing more to gain."""


def _set_up_device(reporter: Reporter) -> devices.Device:
    computing = devices.set_up()
    reporter.device(computing.name)
    log.info("training on %s, %s", computing.name, computing.precision)
    return computing


def _build(task: Task, precision: str) -> model.Graft:
    def downloading(name: str, done: int, total: int) -> None:
        task.reporter.progress(done, total, f"Downloading the backbone's weights ({name})")
        task.stop_if_asked()

    task.reporter.stage("backbone", "Loading the backbone")
    keras.config.set_dtype_policy(precision)
    graft = model.build(task.config, len(task.manifest.classes), downloading)
    keras.config.set_dtype_policy("float32")
    if task.config.start_from:
        model.continue_from(graft, saved.load(Run.existing(Path(task.config.start_from)).model))
    log.info("%s: %d parameters train", task.config.backbone, sum(map(_size, graft.tail.trainable_variables)))
    return graft


def _size(variable: keras.Variable) -> int:
    return int(np.prod(variable.shape))


def _reader(task: Task, graft: model.Graft, source: features.Pictures) -> features.Reader:
    frozen = features.Frozen(graft.front)
    if not task.config.cache:
        return features.on_the_fly(frozen, source)

    def count(done: int, total: int) -> None:
        task.reporter.progress(done, total)
        task.stop_if_asked()

    message = (
        "Decoding the pictures" if graft.front is None else "Running the frozen part, once for every picture"
    )
    task.reporter.stage("features", message, total=len(source.paths))
    return features.from_disk(task.run.features, frozen, source, count)


def _train(task: Task, graft: model.Graft, reader: features.Reader) -> tuple[Progress, str]:
    settings = task.config.training
    task.reporter.stage("training", "Training the head" if task.config.unfreeze == 0 else "Fine-tuning")
    sink = MetricsLog(task.run.metrics)
    total = settings.epochs

    def on_step(row: training.Row) -> None:
        sink.append(row)
        done = row["epoch"] - 1 + row["step"] / row["steps"]
        task.reporter.progress(round(done * 1000), total * 1000, f"Epoch {row['epoch']} of {total}")

    def on_epoch(row: training.Row) -> None:
        sink.append(row)
        log.info("epoch %(epoch)d: validation accuracy %(val_accuracy).4f, loss %(val_loss).4f", row)

    hooks = training.Hooks(on_step, on_epoch, task.run.stop_requested)
    progress, why = training.train(
        graft.tail,
        task.source(reader, task.rows("train")),
        task.source(reader, task.rows("validation")),
        settings,
        seed=task.config.seed,
        hooks=hooks,
        checkpoints=task.run.checkpoints,
    )
    sink.close()
    if progress.epoch and not progress.best_epoch:
        raise RunError(
            "The loss became infinite before there was a model to keep.",
            received=settings.learning_rate,
            remedy="Start a new run with a smaller learning rate.",
        )
    log.info("best epoch %d of %d; %s", progress.best_epoch, progress.epoch, why or "all epochs trained")
    return progress, why


def _in_full_precision(task: Task, graft: model.Graft) -> model.Graft:
    """The same weights in a float32 model, so that the saved file answers alike on every machine."""
    full = model.build(task.config, len(task.manifest.classes), pretrained=False)
    full.whole.set_weights(graft.whole.get_weights())
    return full


def _finish(
    task: Task,
    graft: model.Graft,
    source: features.Pictures,
    reader: features.Reader,
    progress: Progress,
    why: str,
) -> Outcome:
    """Score, save and prove. The model gets its name last: where there is one, its report is there too."""
    task.reporter.stage("saving", "Saving the model and checking that the file answers the same")
    rows = task.rows("test")
    probabilities = _probabilities(graft, task.source(reader, rows))
    part = task.run.folder / ".model.part.keras"
    graft.whole.save(part)
    shown = np.unique(np.linspace(0, len(rows) - 1, saved.PROOF).astype(int))
    saved.prove(part, source(rows[shown]), probabilities[shown])
    stopped = why == training.STOPPED
    folds = None
    if task.config.unfreeze == 0 and len(task.rows("validation")) < SMALL_VALIDATION and not stopped:
        try:
            folds = _cross_validate(task, graft, reader)
        except Stopped:
            stopped = True
        task.reporter.stage("saving", "Writing the report")
    result = _report(task, progress, why, probabilities, folds)
    report.write(task.run.folder / "report.json", result)
    system.replace(part, task.run.model)
    return "stopped" if stopped else "finished"


def _probabilities(graft: model.Graft, source: Source) -> np.ndarray:
    """The finished model's answers for examples whose cut tensors are at hand, (n, classes)."""
    logits = Inference(graft.tail)(source)
    temperature = graft.whole.get_layer("temperature")
    return np.asarray(keras.ops.softmax(temperature(tf.constant(logits))))


def _cross_validate(task: Task, graft: model.Graft, reader: features.Reader) -> report.CrossValidation:
    message = "Few pictures: training on five different splits to see the spread"
    task.reporter.stage("cross-validation", message)
    known = np.sort(np.concatenate([task.rows("train"), task.rows("validation")]))
    return cross_validate(
        task.source(reader, known), graft.tail, task.config, task.reporter.progress, task.stop_if_asked
    )


def _report(
    task: Task,
    progress: Progress,
    why: str,
    probabilities: np.ndarray,
    folds: report.CrossValidation | None,
) -> report.Report:
    """The answers on the test split and how training went, as `report.json` keeps them."""
    rows = task.rows("test")
    examples = [task.manifest.examples[row] for row in rows]
    best = progress.history[progress.best_epoch - 1]
    return report.Report(
        test=report.score(
            "test",
            task.manifest.classes,
            task.class_numbers()[rows],
            probabilities,
            [(example.sha256, example.name) for example in examples],
        ),
        validation_accuracy=best["val_accuracy"],
        validation_loss=best["val_loss"],
        validation_n=len(task.rows("validation")),
        best_epoch=progress.best_epoch,
        epochs=progress.epoch,
        stopped=why,
        cross_validation=folds,
    )
