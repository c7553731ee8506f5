"""A run from data set to finished model, top to bottom: load, run the frozen part, train, score, save, study.

Called by the worker once it is the run's turn. Every step writes to the run folder only, and every step that
was finished before a crash is found there and not done again.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Literal

import keras
import msgspec
import numpy as np
import tensorflow as tf

from tlcore import plan, system
from tlcore.backbones.catalogue import catalogue
from tlcore.data.dataset import Dataset
from tlcore.evaluate import report
from tlcore.graft.cache import features
from tlcore.graft.engines import device as devices
from tlcore.graft.engines.engine import KerasEngine
from tlcore.graft.finish import analysis
from tlcore.graft.finish import temperature as finish_temperature
from tlcore.graft.finish.cross_fit import OutOfFold
from tlcore.graft.inputs import tasks
from tlcore.graft.inputs.protocol import Inputs
from tlcore.graft.network import build as network_build
from tlcore.graft.network import saved_model
from tlcore.graft.training import phases
from tlcore.graft.training.batches import Inference
from tlcore.graft.training.run_context import RunContext, StopRequested
from tlcore.runs.job import Reporter
from tlcore.runs.run import Run

RunEnd = Literal["finished", "stopped", "nothing"]
log = logging.getLogger(__name__)


def execute(run: Run, dataset: Dataset, reporter: Reporter) -> RunEnd:
    """Train what `run` asks for.

    Returns:
        how it ended: "finished"; "stopped", with the best model so far kept; "nothing" when it was stopped
        before there was anything to keep.

    Raises:
        GraftError: what a person can do something about.
    """
    try:
        return _execute(
            RunContext(run, run.config(), dataset, dataset.read(run.config().data_version), reporter)
        )
    except StopRequested:
        return "nothing"


def _execute(work: RunContext) -> RunEnd:
    for split in ("train", "validation", "test"):
        work.rows(split)
    work.run.write_labels(work.manifest.classes)
    work, source, computing, graft = load(work)
    taught = phases.train_phases(work, graft, source, computing)
    if taught.best is None:
        return "nothing"
    answers = None
    if not taught.stopped:
        try:
            answers = finish_temperature.out_of_fold_answers(taught, graft.parts[0].tail)
        except StopRequested:
            taught = replace(taught, stopped=True)
    if computing.precision != "float32":
        graft, taught = _to_full_precision(graft, taught, source, computing)
    return _finish(graft, taught, source, answers)


def load(work: RunContext) -> tuple[RunContext, Inputs, devices.Device, network_build.Graft]:
    """The work with what its data decide settled, the examples, the device and the network on it."""
    computing = _set_up_device(work.reporter)
    work.reporter.stage("backbone", "Loading the backbone")
    source = tasks.of(work.config).inputs(work.dataset, work.manifest.examples, work.config, work.on_download)
    if work.config.input_size is None and source.size != catalogue.get(work.config.backbone).input_size:
        work = work.settled(input_size=source.size)  # chosen from the data
    graft = build_network(work, source, computing.precision)
    work.stop_if_asked()
    return work, source, computing, graft


def _set_up_device(reporter: Reporter) -> devices.Device:
    computing = devices.set_up_device()
    reporter.device(computing.name)
    log.info("training on %s, %s", computing.name, computing.precision)
    return computing


def build_network(work: RunContext, source: Inputs, precision: str) -> network_build.Graft:
    """The run's network, with the weights it begins with."""
    keras.config.set_dtype_policy(precision)
    classes = len(work.manifest.classes)
    graft = tasks.of(work.config).build(work.config, classes, source, work.on_download)
    keras.config.set_dtype_policy("float32")
    if work.config.start_from:
        network_build.continue_from(graft, saved_model.load(Run.existing(Path(work.config.start_from)).model))
    return graft


def _to_full_precision(
    graft: network_build.Graft, taught: phases.TrainingResult, source: Inputs, computing: devices.Device
) -> tuple[network_build.Graft, phases.TrainingResult]:
    """The same weights in a float32 model, so that the saved file answers alike on every machine."""
    work = taught.work
    classes = len(work.manifest.classes)
    full = tasks.of(work.config).build(work.config, classes, source, pretrained=False)
    full.whole.set_weights(graft.whole.get_weights())
    part = full.parts[graft.parts.index(taught.part)]
    reader = features.live_reader(KerasEngine(part.front, computing.is_gpu), source)
    return full, replace(taught, part=part, reader=reader)


def _finish(
    graft: network_build.Graft, taught: phases.TrainingResult, source: Inputs, answers: OutOfFold | None
) -> RunEnd:
    """Calibrate, score, save and prove. The model gets its name last: where it is, its report is too."""
    work = taught.work
    work.reporter.stage("saving", "Saving the model and checking that the file answers the same")
    rows = work.rows("test")
    logits = Inference(taught.part.tail)(work.source(taught.reader, rows))
    fitted = None if taught.stopped else finish_temperature.fit(taught, answers)
    if fitted:
        network_build.set_temperature(graft.whole, fitted.temperature)
    probabilities = _probabilities(graft, logits)
    part = work.run.folder / ".model.part.keras"
    try:
        graft.whole.save(part)
        shown = np.unique(np.linspace(0, len(rows) - 1, saved_model.EXAMPLES).astype(int))
        saved_model.verify(part, source.given(rows[shown]), probabilities[shown])
        result = msgspec.structs.replace(
            _report(taught, probabilities),
            note=" ".join(filter(None, (source.note, fitted.note if fitted else ""))),
            cross_validation=_cross_validation(taught, answers),
            calibration=fitted.report(work.class_numbers()[rows], logits) if fitted else None,
        )
        report.write(work.run.folder / "report.json", result)
        system.replace(part, work.run.model)
    except BaseException:
        part.unlink(missing_ok=True)  # on a full disk it takes room that others need
        raise
    if taught.stopped:
        return "stopped"
    try:
        analysis.analyse(taught, result.test, answers)
    except StopRequested:  # the model is whole; resuming makes the study
        return "stopped"
    return "finished"


def _probabilities(graft: network_build.Graft, logits: np.ndarray) -> np.ndarray:
    """The finished model's answers from its logits, (n, classes)."""
    temperature = graft.whole.get_layer("temperature")
    return np.asarray(keras.ops.softmax(temperature(tf.constant(logits))))


def _cross_validation(
    taught: phases.TrainingResult, answers: OutOfFold | None
) -> report.CrossValidation | None:
    """How much the accuracy depends on who was held out, where few were and the model is a head alone."""
    work = taught.work
    few = len(work.rows("validation")) < plan.SMALL_VALIDATION
    if answers is None or not few or work.config.phases != ("head",):
        return None
    return answers.cross_validation(work.class_numbers()[answers.rows])


def _report(taught: phases.TrainingResult, probabilities: np.ndarray) -> report.Report:
    """The answers on the test split and how training went, as `report.json` keeps them."""
    work, best = taught.work, taught.best
    assert best
    rows = work.rows("test")
    examples = [work.manifest.examples[row] for row in rows]
    true = work.class_numbers()[rows]
    return report.Report(
        test=report.score(
            "test",
            work.manifest.classes,
            true,
            probabilities,
            [(example.sha256, example.name) for example in examples],
            int(np.bincount(work.class_numbers()[work.rows("train")]).argmax()),
        ),
        validation_accuracy=best["val_accuracy"],
        validation_loss=best["val_loss"],
        validation_n=len(work.rows("validation")),
        best_epoch=best["epoch"],
        epochs=sum(phase.epochs for phase in taught.phases),
        stopped=taught.phases[-1].stopped if taught.phases else "",
        phases=taught.phases,
        kept=taught.kept,
        share=taught.share,
        gain=report.gain(true, taught.head_alone, probabilities.argmax(-1)),
    )
