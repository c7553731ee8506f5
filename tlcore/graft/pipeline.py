"""A run from data set to finished model, top to bottom: load, run the frozen part, train, score, save.

Called by the worker once it is the run's turn. Every step writes to the run folder only, and every step that
was finished before a crash is found there and not done again.
"""

from __future__ import annotations

import logging
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tlcore import system
from tlcore.config import RunConfig
from tlcore.data.manifest import Dataset, Manifest
from tlcore.data.splits import assign
from tlcore.errors import RunError
from tlcore.evaluate import report
from tlcore.graft import device as devices
from tlcore.graft import features, model, saved, training
from tlcore.graft.checkpoint import Progress
from tlcore.graft.cross_validation import cross_validate
from tlcore.graft.source import Inference, Source
from tlcore.runs.job import Reporter
from tlcore.runs.metrics import MetricsLog
from tlcore.runs.run import Run

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

    def rows(self, split: str) -> np.ndarray:
        """Row numbers of one split."""
        return np.flatnonzero(np.array(assign(self.manifest, self.config.split)) == split)

    def class_numbers(self) -> np.ndarray:
        """Class number of every example, (n,) int64."""
        number = {label: i for i, label in enumerate(self.manifest.classes)}
        return np.array([number[example.label] for example in self.manifest.examples], dtype=np.int64)

    def source(self, reader: features.Reader, rows: np.ndarray) -> Source:
        return Source(reader, rows, self.class_numbers()[rows], self.config.training.batch_size)


def execute(run: Run, dataset: Dataset, reporter: Reporter) -> bool:
    """Train what `run` asks for.

    Returns:
        False when it was stopped before there was anything to keep.
    """
    task = Task(run, run.config(), dataset, dataset.read(), reporter)
    run.write_labels(task.manifest.classes)
    computing = _set_up_device(reporter)
    graft = _build(task, computing.precision)
    source = features.Pictures(
        [dataset.file(example.sha256) for example in task.manifest.examples],
        graft.whole.input_shape[1],
        task.config.fit,
    )
    try:
        reader = _reader(task, graft, source)
        progress, why = _train(task, graft, reader)
    except Stopped:
        return False
    if not progress.epoch:
        return False
    graft = _in_full_precision(task, graft, computing.precision)
    _score(task, graft, source, reader, progress, why)
    return True


class Stopped(Exception):
    """The person asked to stop while the frozen part was being run."""


def _set_up_device(reporter: Reporter) -> devices.Device:
    computing = devices.set_up()
    reporter.device(computing.name)
    log.info("training on %s, %s", computing.name, computing.precision)
    return computing


def _build(task: Task, precision: str) -> model.Graft:
    def downloading(done: int, total: int) -> None:
        task.reporter.progress(done, total, "Downloading the backbone's weights")

    task.reporter.stage("backbone", "Loading the backbone")
    keras.config.set_dtype_policy(precision)
    graft = model.build(task.config, len(task.manifest.classes), downloading)
    keras.config.set_dtype_policy("float32")
    if task.config.start_from:
        earlier = Run.existing(Path(task.config.start_from))
        if earlier.labels() != task.manifest.classes:
            raise RunError(
                "The run to continue from knows other classes.",
                received=", ".join(earlier.labels()),
                remedy="Train afresh for these classes.",
            )
        model.continue_from(graft, saved.load(earlier.model))
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
        if task.run.stop_requested():
            raise Stopped

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

    hooks = training.Hooks(on_step, sink.append, task.run.stop_requested)
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
    log.info("best epoch %d of %d; %s", progress.best_epoch, progress.epoch, why or "all epochs trained")
    return progress, why


def _in_full_precision(task: Task, graft: model.Graft, precision: str) -> model.Graft:
    """The same weights in a float32 model, so that the saved file answers alike on every machine."""
    if precision == "float32":
        return graft
    full = model.build(task.config, len(task.manifest.classes), pretrained=False)
    full.whole.set_weights(graft.whole.get_weights())
    return full


def _score(
    task: Task,
    graft: model.Graft,
    source: features.Pictures,
    reader: features.Reader,
    progress: Progress,
    why: str,
) -> None:
    task.reporter.stage("saving", "Saving the model and checking that the file answers the same")
    rows = task.rows("test")
    probabilities = _probabilities(graft, task.source(reader, rows))
    _save(task, graft)
    saved.prove(task.run.model, source(rows[: saved.PROOF]), probabilities[: saved.PROOF])
    best = progress.history[progress.best_epoch - 1]
    examples = [task.manifest.examples[row] for row in rows]
    folds = None
    if task.config.unfreeze == 0 and len(task.rows("validation")) < SMALL_VALIDATION:
        task.reporter.stage(
            "cross-validation", "Few pictures: training on five different splits to see the spread"
        )
        known = np.sort(np.concatenate([task.rows("train"), task.rows("validation")]))
        folds = cross_validate(task.source(reader, known), graft.tail, task.config, task.reporter.progress)
    report.write(
        task.run.folder / "report.json",
        report.Report(
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
        ),
    )


def _probabilities(graft: model.Graft, source: Source) -> np.ndarray:
    """The finished model's answers for examples whose cut tensors are at hand, (n, classes)."""
    logits = Inference(graft.tail)(source)
    temperature = graft.whole.get_layer("temperature")
    return np.asarray(keras.ops.softmax(temperature(tf.constant(logits))))


def _save(task: Task, graft: model.Graft) -> None:
    part = task.run.folder / f".model.{os.getpid()}.keras"
    graft.whole.save(part)
    system.replace(part, task.run.model)
    shutil.rmtree(task.run.folder / "features.part", ignore_errors=True)
