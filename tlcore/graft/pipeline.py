"""A run from data set to finished model, top to bottom: load, run the frozen part, train, score, save.

Called by the worker once it is the run's turn. Every step writes to the run folder only, and every step that
was finished before a crash is found there and not done again.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Literal

import keras
import msgspec
import numpy as np
import tensorflow as tf

from tlcore import plan, system
from tlcore.backbones import catalogue
from tlcore.data.manifest import Dataset
from tlcore.data.words import WORDS
from tlcore.errors import RunError
from tlcore.evaluate import report
from tlcore.graft import device as devices
from tlcore.graft import features, frozen, model, saved, tasks, training
from tlcore.graft.checkpoint import Progress
from tlcore.graft.cross_validation import cross_validate
from tlcore.graft.engines import KerasEngine
from tlcore.graft.inputs import Inputs
from tlcore.graft.source import Inference, Source
from tlcore.graft.work import Stopped, Work
from tlcore.runs.job import Reporter
from tlcore.runs.metrics import MetricsLog
from tlcore.runs.run import Run

Outcome = Literal["finished", "stopped", "nothing"]
log = logging.getLogger(__name__)


def execute(run: Run, dataset: Dataset, reporter: Reporter) -> Outcome:
    """Train what `run` asks for.

    Returns:
        how it ended: "finished"; "stopped", with the best model so far kept; "nothing" when it was stopped
        before there was anything to keep.

    Raises:
        GraftError: what a person can do something about, too little memory included.
    """
    try:
        return _execute(Work(run, run.config(), dataset, dataset.read(), reporter))
    except Stopped:
        return "nothing"
    except (tf.errors.ResourceExhaustedError, MemoryError) as error:
        raise RunError(
            "There is not enough memory for this.",
            remedy="Choose a smaller batch or input size, or unfreeze fewer blocks.",
        ) from error


def _execute(work: Work) -> Outcome:
    run, dataset, reporter = work.run, work.dataset, work.reporter
    for split in ("train", "validation", "test"):
        work.rows(split)
    run.write_labels(work.manifest.classes)
    computing = _set_up_device(reporter)
    reporter.stage("backbone", "Loading the backbone")
    source = tasks.of(work.config).inputs(dataset, work.manifest.examples, work.config, work.on_download)
    if work.config.input_size is None and source.size != catalogue.get(work.config.backbone).input_size:
        work = work.settled(input_size=source.size)  # chosen from the data
    graft = _build(work, source, computing.precision)
    work.stop_if_asked()
    reader = frozen.reader(work, graft.front, source, computing)
    progress, why = _train(work, graft, reader)
    if not progress.epoch:
        return "nothing"
    if computing.precision != "float32":
        graft = _in_full_precision(work, source, graft)
        reader = features.on_the_fly(KerasEngine(graft.front, computing.is_gpu), source)
    return _finish(work, graft, source, reader, progress, why)


def _set_up_device(reporter: Reporter) -> devices.Device:
    computing = devices.set_up()
    reporter.device(computing.name)
    log.info("training on %s, %s", computing.name, computing.precision)
    return computing


def _build(work: Work, source: Inputs, precision: str) -> model.Graft:
    keras.config.set_dtype_policy(precision)
    classes = len(work.manifest.classes)
    graft = tasks.of(work.config).build(work.config, classes, source, work.on_download)
    keras.config.set_dtype_policy("float32")
    if work.config.start_from:
        model.continue_from(graft, saved.load(Run.existing(Path(work.config.start_from)).model))
    log.info("%s: %d parameters train", work.config.backbone, sum(map(_size, graft.tail.trainable_variables)))
    return graft


def _size(variable: keras.Variable) -> int:
    return int(np.prod(variable.shape))


def _train(work: Work, graft: model.Graft, reader: features.Reader) -> tuple[Progress, str]:
    settings = work.config.training
    work.reporter.stage("training", "Training the head" if work.config.unfreeze == 0 else "Fine-tuning")
    sink = MetricsLog(work.run.metrics)
    total = settings.epochs

    def on_step(row: training.Row) -> None:
        sink.append(row)
        done = row["epoch"] - 1 + row["step"] / row["steps"]
        work.reporter.progress(round(done * 1000), total * 1000, f"Epoch {row['epoch']} of {total}")

    def on_epoch(row: training.Row) -> None:
        sink.append(row)
        log.info("epoch %(epoch)d: validation accuracy %(val_accuracy).4f, loss %(val_loss).4f", row)

    hooks = training.Hooks(on_step, on_epoch, work.run.stop_requested)
    progress, why = training.train(
        graft.tail,
        work.source(reader, work.rows("train"), views=True),
        work.source(reader, work.rows("validation")),
        settings,
        seed=work.config.seed,
        hooks=hooks,
        checkpoints=work.run.checkpoints,
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


def _in_full_precision(work: Work, source: Inputs, graft: model.Graft) -> model.Graft:
    """The same weights in a float32 model, so that the saved file answers alike on every machine."""
    classes = len(work.manifest.classes)
    full = tasks.of(work.config).build(work.config, classes, source, pretrained=False)
    full.whole.set_weights(graft.whole.get_weights())
    return full


def _finish(
    work: Work,
    graft: model.Graft,
    source: Inputs,
    reader: features.Reader,
    progress: Progress,
    why: str,
) -> Outcome:
    """Score, save and prove. The model gets its name last: where there is one, its report is there too."""
    work.reporter.stage("saving", "Saving the model and checking that the file answers the same")
    rows = work.rows("test")
    probabilities = _probabilities(graft, work.source(reader, rows))
    part = work.run.folder / ".model.part.keras"
    graft.whole.save(part)
    shown = np.unique(np.linspace(0, len(rows) - 1, saved.PROOF).astype(int))
    saved.prove(part, source.given(rows[shown]), probabilities[shown])
    stopped = why == training.STOPPED
    folds = None
    if work.config.unfreeze == 0 and len(work.rows("validation")) < plan.SMALL_VALIDATION and not stopped:
        try:
            folds = _cross_validate(work, graft, reader)
        except Stopped:
            stopped = True
        work.reporter.stage("saving", "Writing the report")
    result = msgspec.structs.replace(_report(work, progress, why, probabilities, folds), note=source.note)
    report.write(work.run.folder / "report.json", result)
    system.replace(part, work.run.model)
    return "stopped" if stopped else "finished"


def _probabilities(graft: model.Graft, source: Source) -> np.ndarray:
    """The finished model's answers for examples whose cut tensors are at hand, (n, classes)."""
    logits = Inference(graft.tail)(source)
    temperature = graft.whole.get_layer("temperature")
    return np.asarray(keras.ops.softmax(temperature(tf.constant(logits))))


def _cross_validate(work: Work, graft: model.Graft, reader: features.Reader) -> report.CrossValidation:
    many = WORDS[work.manifest.task].many
    message = f"Few {many}: training on five different splits to see the spread"
    work.reporter.stage("cross-validation", message)
    known = np.sort(np.concatenate([work.rows("train"), work.rows("validation")]))
    return cross_validate(
        work.source(reader, known), graft.tail, work.config, work.reporter.progress, work.stop_if_asked
    )


def _report(
    work: Work,
    progress: Progress,
    why: str,
    probabilities: np.ndarray,
    folds: report.CrossValidation | None,
) -> report.Report:
    """The answers on the test split and how training went, as `report.json` keeps them."""
    rows = work.rows("test")
    examples = [work.manifest.examples[row] for row in rows]
    best = progress.history[progress.best_epoch - 1]
    return report.Report(
        test=report.score(
            "test",
            work.manifest.classes,
            work.class_numbers()[rows],
            probabilities,
            [(example.sha256, example.name) for example in examples],
        ),
        validation_accuracy=best["val_accuracy"],
        validation_loss=best["val_loss"],
        validation_n=len(work.rows("validation")),
        best_epoch=progress.best_epoch,
        epochs=progress.epoch,
        stopped=why,
        cross_validation=folds,
    )
