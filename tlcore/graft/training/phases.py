"""The second half of a run: train each phase on its own cut, and never end worse than a phase began.

Called by `pipeline.py`. First the head learns on features of the whole frozen backbone; then, where blocks
are unfrozen, they and the head go on together in smaller steps.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, replace

import keras
import numpy as np

from tlcore import plan
from tlcore.backbones.catalogue import catalogue
from tlcore.config.task import INPUTS
from tlcore.errors import RunError
from tlcore.evaluate import report
from tlcore.graft.cache import features
from tlcore.graft.engines.device import Device
from tlcore.graft.inputs.protocol import Inputs
from tlcore.graft.network.build import Graft, PhaseModel
from tlcore.graft.training import checkpoint, loop, open_head, optimizer, precompute
from tlcore.graft.training.batches import Inference, TrainingBatches
from tlcore.graft.training.objectives.objective import Objective
from tlcore.graft.training.open_head import OpenHead
from tlcore.graft.training.run_context import RunContext
from tlcore.graft.training.step import PhaseSpec
from tlcore.runs.metrics import MetricRow, MetricsLog
from tlcore.workspace import Workspace

BLENDS = (0.25, 0.5, 0.75)  # shares of the way from the start of a phase to its best epoch
START = "start"  # the best "phase" when no epoch was better than the model that a run began with
TITLES = {
    "head": "Training the head",
    "fine-tuning": "Fine-tuning the unfrozen part",
    "whole": "Training everything from random weights",
}
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingResult:
    """The outcome of training. The weights are in the network; `model` and `reader` score it."""

    context: RunContext
    model: PhaseModel
    reader: features.FeatureReader
    phases: tuple[report.PhaseReport, ...] = ()
    best_phase: str = ""  # as in `report.Report`
    best: MetricRow | None = None  # scores of that phase; None: there is no model
    blend_share: float = 1.0  # distance of the weights from the last phase's start to its best epoch, 0 to 1
    head_reader: features.FeatureReader | None = None  # of the head phase; None: there was none
    head_predictions: np.ndarray | None = None  # the head's class numbers for the test examples, (n,)
    stopped: bool = False
    open_head: OpenHead | None = None  # where the head was left open, and solved


def train_phases(context: RunContext, graft: Graft, inputs: Inputs, device: Device) -> TrainingResult:
    """Train all phases; each goes on where a killed run had stopped.

    Raises:
        RunError: the loss became infinite before there was anything to keep.
    """
    result: TrainingResult | None = None
    head_reader: features.FeatureReader | None = None
    for model in graft.phase_models:
        unfrozen = 0 if model.phase == "head" else context.config.unfreeze
        reader, context = precompute.feature_reader(context, model.front, unfrozen, inputs, device)
        head_predictions = _test_predictions(result) if result else None
        if context.config.is_head_open:
            return _solve_head(context, model, reader, inputs)
        result = _phase(context, model, reader, result)
        head_reader = reader if model.phase == "head" else head_reader
        result = replace(result, head_reader=head_reader, head_predictions=head_predictions)
        if result.stopped:
            break
    assert result, "every run has a phase"
    return result


def _solve_head(
    context: RunContext, model: PhaseModel, reader: features.FeatureReader, inputs: Inputs
) -> TrainingResult:
    """The only phase of a run whose head is open."""
    head = open_head.solve_head(context, model.tail, reader, inputs)
    history = head.history
    progress = checkpoint.TrainingProgress(len(history), head.solved.best, head.best["val_loss"], history)
    return TrainingResult(
        context,
        model,
        reader,
        (_phase_report(model, progress, ""),),
        best_phase=model.phase,
        best=head.best,
        head_reader=reader,
        open_head=head,
    )


def _phase(
    context: RunContext, model: PhaseModel, reader: features.FeatureReader, before: TrainingResult | None
) -> TrainingResult:
    """Train one phase. Where no epoch was better on validation, put back the weights that it began with."""
    validation = context.batches(reader, context.rows("validation"))
    start_weights = checkpoint.weights_of(model.tail.variables)
    earlier_epochs = sum(phase.epochs for phase in before.phases) if before else 0
    spec = phase_spec(context, model, earlier_epochs)
    start = before.best if before else None
    if start is None and context.config.start_from:
        start = {"epoch": 0} | loop.validate(model.tail, spec.objective, validation)
    progress, reason = _train(context, spec, reader, validation)
    best = progress.history[progress.best_epoch - 1] if progress.best_epoch else None
    phases: tuple[report.PhaseReport, ...] = before.phases if before else ()
    best_phase: str = model.phase if best else ""
    blend_share = 1.0
    if start is not None:
        best, blend_share = keep_best_blend(
            model.tail, spec.objective, validation, start_weights, start, best
        )
        log.info("%s: %.0f %% of the way from what it began with is best", model.phase, 100 * blend_share)
    if start is not None and not blend_share:
        best_phase = before.best_phase if before else START
    if best is None and progress.epoch:
        raise RunError(
            "The loss became infinite before there was a model to keep.",
            received=spec.recipe.learning_rate,
            remedy="Start a new run with a smaller learning rate.",
        )
    if progress.epoch:
        phases = (*phases, _phase_report(model, progress, reason))
    return TrainingResult(
        context, model, reader, phases, best_phase, best, blend_share, stopped=reason == loop.STOPPED
    )


def keep_best_blend(
    tail: keras.Model,
    objective: Objective,
    validation: TrainingBatches,
    start_weights: checkpoint.Weights,
    start: MetricRow,
    best: MetricRow | None,
) -> tuple[MetricRow, float]:
    """Give `tail`, which has the weights of the best epoch, the weights that are best on validation.

    Candidates are the weights that the phase began with, those of its best epoch, and blends of the two:
    such blends often answer better than either (Wortsman et al., 2022).
    The highest score wins, then the lowest loss, among all that are no worse than the start in either; where
    epochs are compared by their score, the loss does not count.

    Returns:
        the winner's scores, and its share of the way from the start to the best epoch.
    """
    end_weights, candidates = checkpoint.weights_of(tail.variables), [(start, 0.0)]
    if best:
        for share in BLENDS:
            checkpoint.assign(tail.variables, checkpoint.blend(start_weights, end_weights, share))
            candidates.append((best | loop.validate(tail, objective, validation), share))
        candidates.append((best, 1.0))
    least, most = objective.score(start), math.inf if objective.by_score else start["val_loss"]
    allowed = [p for p in candidates if objective.score(p[0]) >= least and p[0]["val_loss"] <= most]
    row, share = max(allowed, key=lambda pair: (objective.score(pair[0]), -pair[0]["val_loss"]))
    checkpoint.assign(tail.variables, checkpoint.blend(start_weights, end_weights, share))
    return row, share


def phase_spec(context: RunContext, model: PhaseModel, earlier_epochs: int = 0) -> PhaseSpec:
    """The phase of `model`; `earlier_epochs`: of the phases before."""
    config = context.config
    rate_shares: tuple[float, ...] = ()
    averaging = None
    if model.phase == "fine-tuning":
        blocks = catalogue.get(config.backbone).blocks
        rate_shares = optimizer.rate_shares(model.tail, blocks, config.fine_tuning.depth_decay)
        averaging = config.fine_tuning.averaging
    return PhaseSpec(
        model.tail,
        config.recipe(model.phase),
        config.seed,
        model.phase,
        rate_shares,
        config.augmentation.mixup or 0.0,
        averaging or 0.0,
        earlier_epochs,
        context.objective,
    )


def _train(
    context: RunContext, spec: PhaseSpec, reader: features.FeatureReader, validation: TrainingBatches
) -> tuple[checkpoint.TrainingProgress, str]:
    metrics = MetricsLog(context.run.metrics)
    title, total = TITLES[spec.phase], spec.recipe.epochs
    context.reporter.stage("training", title)

    def on_step(row: MetricRow) -> None:
        metrics.append(row)
        epoch = row["epoch"] - spec.earlier_epochs
        done = epoch - 1 + row["step"] / row["steps"]
        message = f"{title}: epoch {epoch} of {total}"
        context.reporter.progress(round(done * 1000), total * 1000, message)

    def on_epoch(row: MetricRow) -> None:
        metrics.append(row)
        log.info("epoch %(epoch)d: validation accuracy %(val_accuracy).4f, loss %(val_loss).4f", row)

    parameters = sum(int(np.prod(variable.shape)) for variable in spec.tail.trainable_variables)
    log.info("%s: %d parameters train", title, parameters)
    progress, reason = loop.train(
        spec,
        context.training_batches(reader, context.rows("train"), views=True, phase=spec.phase),
        validation,
        loop.Hooks(on_step, on_epoch, context.run.stop_requested),
        context.run.checkpoints / spec.phase,
    )
    metrics.close()
    log.info("best epoch %d of %d; %s", progress.best_epoch, progress.epoch, reason or "all epochs trained")
    _remember_speed(context, spec, progress)
    return progress, reason


def _remember_speed(context: RunContext, spec: PhaseSpec, progress: checkpoint.TrainingProgress) -> None:
    """Remember the training speed for later plans, without the first epoch, which compiles."""
    examples, seconds = len(context.rows("train")), [row["seconds"] for row in progress.history[1:]]
    if (
        spec.phase == "head"
        or not context.config.cache
        or not seconds
        or examples < precompute.ENOUGH_TO_MEASURE
    ):
        return
    speed = plan.training_macs(context.config, examples) / min(seconds)
    machine = plan.MachineSpeed(speed, context.reporter.device_name)
    plan.remember(Workspace(), INPUTS[context.manifest.task], machine, "training")


def _phase_report(
    model: PhaseModel, progress: checkpoint.TrainingProgress, reason: str
) -> report.PhaseReport:
    best = progress.history[max(0, progress.best_epoch - 1)]
    return report.PhaseReport(
        name=model.phase,
        epochs=progress.epoch,
        best_epoch=best["epoch"] if progress.best_epoch else 0,
        validation_accuracy=best["val_accuracy"],
        validation_loss=best["val_loss"],
        stopped=reason,
    )


def _test_predictions(result: TrainingResult) -> np.ndarray | None:
    """Class numbers from the network as it is now for the test examples, (n,); None: it is no classifier."""
    context = result.context
    if context.objective is not None:
        return None
    return Inference(result.model.tail)(context.batches(result.reader, context.rows("test"))).argmax(-1)
