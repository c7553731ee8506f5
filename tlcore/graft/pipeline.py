"""A run from data set to finished model: load, run the frozen part, train, score, save, analyse.

The worker calls it when it is the run's turn. Every step writes to the run folder only; a step that was
finished before a crash is found there and not done again.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import keras
import msgspec
import numpy as np
import tensorflow as tf

from tlcore import config as configuration
from tlcore import memory, plan, system
from tlcore.backbones.catalogue import catalogue
from tlcore.config import HIDDEN
from tlcore.data.dataset import Dataset
from tlcore.data.examples.rows import keys_at
from tlcore.errors import GraftError
from tlcore.evaluate import report
from tlcore.graft.cache import features
from tlcore.graft.engines.device import Device, set_up_device
from tlcore.graft.engines.engine import KerasEngine
from tlcore.graft.finish import analysis, dense, regions, temperature
from tlcore.graft.inputs import tasks
from tlcore.graft.inputs.dense_rows import DenseRows
from tlcore.graft.inputs.protocol import Inputs
from tlcore.graft.network import count_branch, saved_model
from tlcore.graft.network.build import Graft, Temperature, continue_from
from tlcore.graft.training import open_head, phases
from tlcore.graft.training.batches import Inference
from tlcore.graft.training.objectives import tasks as objectives
from tlcore.graft.training.out_of_fold import OutOfFold
from tlcore.graft.training.run_context import RunContext, StopRequested
from tlcore.runs.job import Reporter
from tlcore.runs.run import Run

RunEnd = Literal["finished", "stopped", "nothing"]
Serve = Callable[[keras.Model], contextlib.AbstractContextManager[bool]]
log = logging.getLogger(__name__)


def execute(run: Run, dataset: Dataset, reporter: Reporter, serve: Serve | None = None) -> RunEnd:
    """Train and finish `run`.

    Args:
        serve: lets the trained model answer from this process, as long as its block lasts, and tells whether
            it can be asked; None: it does not.

    Returns:
        the end: "finished"; "stopped" with the best model so far; "nothing", stopped before there was one.

    Raises:
        GraftError: a person can do something about it.
    """
    try:
        context = RunContext(run, run.config(), dataset, dataset.read(run.config().data_version), reporter)
        return _execute(context, serve)
    except StopRequested:
        return "nothing"


def _execute(context: RunContext, serve: Serve | None) -> RunEnd:
    for split in ("train", "validation", "test"):
        context.rows(split)
    context.run.write_labels(context.manifest.classes)
    context, inputs, device, graft = load(context)
    result = phases.train_phases(context, graft, inputs, device)
    if result.best is None:
        return "nothing"
    head = graft.phase_models[0].tail
    if device.precision != "float32":
        graft, result = _to_full_precision(graft, result, inputs, device)
    if result.open_head is not None and result.open_head.terms is not None:
        graft, result = _count_terms(graft, result, inputs)
    if context.objective is not None:
        assert isinstance(inputs, DenseRows)
        dense.finish(graft, result, inputs)
        dense_inputs = inputs
        return _end(result, lambda: regions.analyse(result, dense_inputs))
    # Until heads without a fold have answered, validation examples must do.
    first = None if result.stopped else temperature.fit(result, None)
    scale = Temperature(graft.model, first.temperature if first else 1.0)
    with serve(graft.model) if serve else contextlib.nullcontext(False) as is_heard:
        if is_heard:
            context.reporter.can_answer()
        result, answers, fit = _calibrate(result, head, first)
        scale.settle(fit.temperature if fit else 1.0)
        return _finish(graft, result, inputs, answers, fit)


def _calibrate(
    result: phases.TrainingResult, head: keras.Model, first: temperature.TemperatureFit | None
) -> tuple[phases.TrainingResult, OutOfFold | None, temperature.TemperatureFit | None]:
    """Answers out of fold and the temperature fitted on them; the result says whether it was stopped
    meanwhile. A model that was stopped has neither.
    """
    answers = None
    if not result.stopped:
        try:
            answers = temperature.out_of_fold_answers(result, head)
        except StopRequested:
            result = replace(result, stopped=True)
    if result.stopped or answers is None or result.context.config.phases != ("head",):
        return result, answers, None if result.stopped else first
    return result, answers, temperature.fit(result, answers)


def load(context: RunContext) -> tuple[RunContext, Inputs, Device, Graft]:
    """The context with its input size chosen, the examples, the device and the network."""
    device = _choose_device(context.reporter)
    context.reporter.stage("backbone", "Loading the backbone")
    inputs = tasks.of(context.config).inputs(
        context.dataset, context.manifest.examples, context.config, context.on_download
    )
    if context.config.input_size is None and inputs.size != catalogue.get(context.config.backbone).input_size:
        context = context.with_settings(input_size=inputs.size)  # chosen by the data
    if context.config.is_head_open and len(context.rows("train")) > open_head.MOST:
        context = context.with_settings(head=configuration.with_hidden(context.config, HIDDEN).head)
    graft = build_network(context, inputs, device.precision)
    objective = objectives.of(context.manifest.task, len(context.manifest.classes), inputs.size)
    context = replace(context, objective=objective, targets=inputs.targets)
    context.check_stop()
    return context, inputs, device, graft


def _choose_device(reporter: Reporter) -> Device:
    device = set_up_device()
    reporter.device(device.name)
    log.info("training on %s, %s", device.name, device.precision)
    return device


def build_network(context: RunContext, inputs: Inputs, precision: str) -> Graft:
    """The run's network, with the weights it begins with."""
    keras.config.set_dtype_policy(precision)
    classes = len(context.manifest.classes)
    graft = tasks.of(context.config).build(context.config, classes, inputs, context.on_download)
    keras.config.set_dtype_policy("float32")
    if context.config.start_from:
        earlier = Run.existing(Path(context.config.start_from))
        continue_from(graft, count_branch.weights_without(saved_model.load(earlier.model)))
        open_head.restore_before_refit(graft.model, earlier)
    return graft


def _to_full_precision(
    graft: Graft, result: phases.TrainingResult, inputs: Inputs, device: Device
) -> tuple[Graft, phases.TrainingResult]:
    """The same weights in a float32 model, so that the saved file answers alike on every machine."""
    context = result.context
    classes = len(context.manifest.classes)
    full = tasks.of(context.config).build(context.config, classes, inputs, pretrained=False)
    full.model.set_weights(graft.model.get_weights())
    model = full.phase_models[graft.phase_models.index(result.model)]
    reader = features.live_reader(KerasEngine(model.front, device.is_gpu), inputs)
    return full, replace(result, model=model, reader=reader)


def _count_terms(
    graft: Graft, result: phases.TrainingResult, inputs: Inputs
) -> tuple[Graft, phases.TrainingResult]:
    """The network with the terms that its head counts beside the features."""
    head = result.open_head
    assert head is not None and head.terms is not None and head.solved.counts_kernel is not None
    graft = count_branch.join(graft, head.terms, head.solved.counts_kernel)
    reader = head.count_beside(result.reader, inputs)
    # What is asked for features alone need not count.
    return graft, replace(result, model=graft.phase_models[0], reader=reader, head_reader=result.reader)


def _finish(
    graft: Graft,
    result: phases.TrainingResult,
    inputs: Inputs,
    answers: OutOfFold | None,
    fit: temperature.TemperatureFit | None,
) -> RunEnd:
    """Score, save, verify, analyse. The model gets its name once it is proven and its report is there."""
    context = result.context
    context.reporter.stage("saving", "Saving the model and checking the saved file")
    memory.give_back_memory()  # the file that is loaded again takes the most of a run's memory
    rows = context.rows("test")
    logits = Inference(result.model.tail)(context.batches(result.reader, rows))
    probabilities = _probabilities(graft, logits)
    file = context.run.folder / f"{system.part_name('model')}.keras"
    try:
        graft.model.save(file)
        sample = np.unique(np.linspace(0, len(rows) - 1, saved_model.EXAMPLES).astype(int))
        wanted = probabilities[sample]
        if context.config.kept == "half":  # the file gives the answers to what was not rounded
            wanted = _live(graft, result, inputs, rows[sample])
        saved_model.verify(file, inputs.model_inputs(rows[sample]), (wanted,))
        run_report = msgspec.structs.replace(
            _report(result, probabilities),
            note=" ".join(filter(None, (inputs.note, fit.note if fit else "", _counts_note(result)))),
            cross_validation=_cross_validation(result, answers),
            calibration=fit.report(context.class_numbers()[rows], logits) if fit else None,
        )
        report.write(context.run.folder / "report.json", run_report)
        system.replace(file, context.run.model)
    except BaseException:
        file.unlink(missing_ok=True)  # on a full disk it takes room that others need
        raise
    return _end(result, lambda: analysis.analyse(result, run_report.test, answers))


def _counts_note(result: phases.TrainingResult) -> str:
    """A sentence for people who would expect that terms are counted where none are: in too much text, or in a
    run that goes on from one that counts; what trains step by step counts none.
    """
    if result.open_head is not None:
        return result.open_head.note
    start_from = result.context.config.start_from
    try:
        counts = start_from and Run(Path(start_from)).counts_terms
    except GraftError:  # it is gone by now
        return ""
    return "The run that it continues from counts words or letters, too; this one does not." if counts else ""


def _live(graft: Graft, result: phases.TrainingResult, inputs: Inputs, rows: np.ndarray) -> np.ndarray:
    """Answers from cut tensors that were not rounded for the cache, (n, classes)."""
    reader = features.live_reader(KerasEngine(result.model.front, False), inputs)
    if result.open_head is not None:
        reader = result.open_head.count_beside(reader, inputs)
    return _probabilities(graft, Inference(result.model.tail)(result.context.batches(reader, rows)))


def _end(result: phases.TrainingResult, analyse: Callable[[], None]) -> RunEnd:
    """The end of a run whose model is whole: its analysis, unless it was stopped."""
    if result.stopped:
        return "stopped"
    try:
        analyse()
    except StopRequested:  # resuming makes the analysis
        return "stopped"
    return "finished"


def _probabilities(graft: Graft, logits: np.ndarray) -> np.ndarray:
    """The finished model's answers from its logits, (n, classes)."""
    layer = graft.model.get_layer("temperature")
    return np.asarray(keras.ops.softmax(layer(tf.constant(logits))))


def _cross_validation(
    result: phases.TrainingResult, answers: OutOfFold | None
) -> report.CrossValidation | None:
    """Spread of the accuracy over folds, where the validation split is small and only a head has trained."""
    context = result.context
    is_small = len(context.rows("validation")) < plan.SMALL_VALIDATION
    if answers is None or not is_small or context.config.phases != ("head",):
        return None
    return answers.cross_validation(context.class_numbers()[answers.rows])


def _report(result: phases.TrainingResult, probabilities: np.ndarray) -> report.Report:
    """The report: answers on the test split and the phases of training."""
    context, best = result.context, result.best
    assert best
    rows = context.rows("test")
    true = context.class_numbers()[rows]
    return report.Report(
        test=report.score(
            "test",
            context.manifest.classes,
            true,
            probabilities,
            keys_at(context.manifest.examples, rows),
            int(np.bincount(context.class_numbers()[context.rows("train")]).argmax()),
        ),
        validation_accuracy=best["val_accuracy"],
        validation_loss=best["val_loss"],
        validation_n=len(context.rows("validation")),
        best_epoch=best["epoch"],
        epochs=sum(phase.epochs for phase in result.phases),
        stopped=result.phases[-1].stopped if result.phases else "",
        phases=result.phases,
        kept=result.best_phase,
        share=result.blend_share,
        gain=report.gain(true, result.head_predictions, probabilities.argmax(-1)),
        refit=result.open_head is not None,
        head_choice=result.open_head.choice if result.open_head else None,
    )
