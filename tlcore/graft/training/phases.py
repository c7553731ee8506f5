"""The second half of a run: train each phase on its own cut, and never end worse than a phase began.

Called by `pipeline.py`. First the head learns on features of the whole frozen backbone; then, where blocks
are unfrozen, they and the head go on together in smaller steps.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

import keras
import numpy as np

from tlcore import plan
from tlcore.backbones.catalogue import catalogue
from tlcore.errors import RunError
from tlcore.evaluate import report
from tlcore.graft.cache import features
from tlcore.graft.engines.device import Device
from tlcore.graft.inputs.protocol import Inputs
from tlcore.graft.network.build import Graft, PhaseModel
from tlcore.graft.training import checkpoint, depth, loop, precompute
from tlcore.graft.training.batches import Inference, TrainingBatches
from tlcore.graft.training.run_context import RunContext
from tlcore.graft.training.step import PhaseSpec
from tlcore.runs.metrics import MetricRow, MetricsLog
from tlcore.workspace import Workspace

BLENDS = (0.25, 0.5, 0.75)  # shares of the way from before a phase to its best epoch that are tried
START = "start"  # what is kept when no epoch was better than what a run began with
TITLES = {
    "head": "Training the head",
    "fine-tuning": "Fine-tuning the unfrozen part",
    "whole": "Training everything from random weights",
}
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingResult:
    """What training came to. The weights are in the network; `part` and `reader` are how to score it."""

    work: RunContext
    part: PhaseModel
    reader: features.FeatureReader
    phases: tuple[report.PhaseReport, ...] = ()
    kept: str = ""  # as in `report.Report`
    best: MetricRow | None = None  # of what is kept; None: there is nothing to keep
    share: float = 1.0  # how far from what the last phase began with to its best epoch the weights lie
    head_reader: features.FeatureReader | None = None  # of what a head learned on alone; None: none did
    head_alone: np.ndarray | None = None  # classes the head alone gives the test examples, (n,)
    stopped: bool = False


def train_phases(work: RunContext, graft: Graft, source: Inputs, device: Device) -> TrainingResult:
    """Train all phases, each one going on where a run that was killed had come.

    Raises:
        RunError: the loss became infinite before there was anything to keep.
    """
    taught: TrainingResult | None = None
    head_reader: features.FeatureReader | None = None
    for part in graft.parts:
        unfrozen = 0 if part.phase == "head" else work.config.unfreeze
        reader, work = precompute.feature_reader(work, part.front, unfrozen, source, device)
        alone = _test_predictions(taught) if taught else None
        taught = _phase(work, part, reader, taught)
        head_reader = reader if part.phase == "head" else head_reader
        taught = replace(taught, head_reader=head_reader, head_alone=alone)
        if taught.stopped:
            break
    assert taught, "every run has a phase"
    return taught


def _phase(
    work: RunContext, part: PhaseModel, reader: features.FeatureReader, before: TrainingResult | None
) -> TrainingResult:
    """Train one phase. What it began with is put back where no epoch was better on validation."""
    held = work.source(reader, work.rows("validation"))
    beginning = checkpoint.weights_of(part.tail.variables)
    start = before.best if before else None
    if start is None and work.config.start_from:
        start = {"epoch": 0} | loop.validate(Inference(part.tail), held)
    trained_before = sum(phase.epochs for phase in before.phases) if before else 0
    lesson = phase_spec(work, part, trained_before)
    progress, why = _train(work, lesson, reader, held)
    best = progress.history[progress.best_epoch - 1] if progress.best_epoch else None
    phases: tuple[report.PhaseReport, ...] = before.phases if before else ()
    kept: str = part.phase if best else ""
    share = 1.0
    if start is not None:
        best, share = keep_best_blend(part.tail, held, beginning, start, best)
        log.info("%s: %.0f %% of the way from what it began with is best", part.phase, 100 * share)
    if start is not None and not share:
        kept = before.kept if before else START
    if best is None and progress.epoch:
        raise RunError(
            "The loss became infinite before there was a model to keep.",
            received=lesson.recipe.learning_rate,
            remedy="Start a new run with a smaller learning rate.",
        )
    if progress.epoch:
        phases = (*phases, _phase_report(part, progress, why))
    return TrainingResult(work, part, reader, phases, kept, best, share, stopped=why == loop.STOPPED)


def keep_best_blend(
    tail: keras.Model,
    held: TrainingBatches,
    beginning: checkpoint.Weights,
    start: MetricRow,
    best: MetricRow | None,
) -> tuple[MetricRow, float]:
    """Leave in `tail`, whose weights are those of the best epoch, what is best on validation.

    That is what the phase began with, its best epoch, or a blend of the two: weights between those before and
    after fine-tuning often answer better than either (Wortsman et al., 2022). Wanted is the highest accuracy,
    then the lowest loss, among all that are no worse than the beginning in either.

    Returns:
        the scores of what is kept, and its share of the way from the beginning to the best epoch.
    """
    ending, found = checkpoint.weights_of(tail.variables), [(start, 0.0)]
    inference = Inference(tail)
    if best:
        for share in BLENDS:
            checkpoint.assign(tail.variables, _blend(beginning, ending, share))
            found.append((best | loop.validate(inference, held), share))
        found.append((best, 1.0))
    accuracy, loss = start["val_accuracy"], start["val_loss"]
    allowed = [p for p in found if p[0]["val_accuracy"] >= accuracy and p[0]["val_loss"] <= loss]
    row, share = max(allowed, key=lambda pair: (pair[0]["val_accuracy"], -pair[0]["val_loss"]))
    checkpoint.assign(tail.variables, _blend(beginning, ending, share))
    return row, share


def _blend(beginning: checkpoint.Weights, ending: checkpoint.Weights, share: float) -> checkpoint.Weights:
    """Weights on the straight line between the two; exactly one of them at its ends."""
    if share in (0.0, 1.0):
        return ending if share else beginning
    return [
        (1 - share) * old + share * new if np.issubdtype(old.dtype, np.floating) else old
        for old, new in zip(beginning, ending, strict=True)
    ]


def phase_spec(work: RunContext, part: PhaseModel, before: int = 0) -> PhaseSpec:
    """What trains in the phase of `part`, and how; `before`: epochs of earlier phases."""
    config = work.config
    shares: tuple[float, ...] = ()
    if part.phase == "fine-tuning":
        blocks = catalogue.get(config.backbone).blocks
        shares = depth.rate_shares(part.tail, blocks, config.fine_tuning.depth_decay)
    return PhaseSpec(
        part.tail,
        config.recipe(part.phase),
        config.seed,
        part.phase,
        shares,
        config.augmentation.mixup or 0.0,
        before,
    )


def _train(
    work: RunContext, lesson: PhaseSpec, reader: features.FeatureReader, held: TrainingBatches
) -> tuple[checkpoint.TrainingProgress, str]:
    sink = MetricsLog(work.run.metrics)
    title, total = TITLES[lesson.phase], lesson.recipe.epochs
    work.reporter.stage("training", title)

    def on_step(row: MetricRow) -> None:
        sink.append(row)
        epoch = row["epoch"] - lesson.before
        done = epoch - 1 + row["step"] / row["steps"]
        message = f"{title}: epoch {epoch} of {total}"
        work.reporter.progress(round(done * 1000), total * 1000, message)

    def on_epoch(row: MetricRow) -> None:
        sink.append(row)
        log.info("epoch %(epoch)d: validation accuracy %(val_accuracy).4f, loss %(val_loss).4f", row)

    numbers = sum(int(np.prod(variable.shape)) for variable in lesson.tail.trainable_variables)
    log.info("%s: %d parameters train", title, numbers)
    progress, why = loop.train(
        lesson,
        work.lessons(reader, work.rows("train"), views=True),
        held,
        loop.Hooks(on_step, on_epoch, work.run.stop_requested),
        work.run.checkpoints / lesson.phase,
    )
    sink.close()
    log.info("best epoch %d of %d; %s", progress.best_epoch, progress.epoch, why or "all epochs trained")
    _remember_speed(work, lesson, progress)
    return progress, why


def _remember_speed(work: RunContext, lesson: PhaseSpec, progress: checkpoint.TrainingProgress) -> None:
    """Keep how fast blocks trained, for later plans. The first epoch compiles on the way."""
    examples, seconds = len(work.rows("train")), [row["seconds"] for row in progress.history[1:]]
    if (
        lesson.phase == "head"
        or not work.config.cache
        or not seconds
        or examples < precompute.ENOUGH_TO_MEASURE
    ):
        return
    speed = plan.training_macs(work.config, examples) / min(seconds)
    measured = plan.MachineSpeed(speed, work.reporter.device_name)
    plan.remember(Workspace(), work.manifest.task, measured, "training")


def _phase_report(part: PhaseModel, progress: checkpoint.TrainingProgress, why: str) -> report.PhaseReport:
    best = progress.history[max(0, progress.best_epoch - 1)]
    return report.PhaseReport(
        name=part.phase,
        epochs=progress.epoch,
        best_epoch=best["epoch"] if progress.best_epoch else 0,
        validation_accuracy=best["val_accuracy"],
        validation_loss=best["val_loss"],
        stopped=why,
    )


def _test_predictions(taught: TrainingResult) -> np.ndarray:
    """The classes that the network as it is now gives the test examples, (n,)."""
    work = taught.work
    return Inference(taught.part.tail)(work.source(taught.reader, work.rows("test"))).argmax(-1)
