"""The learning-rate finder: a short training in which the rate rises from small to large, step by step.

The loss meanwhile tells the rates that train from those that are too large (Smith, 2015). `sweep` makes the
curve of one phase and puts the weights back; `execute` does it for a data set, through the same frozen part
and cache as the run that follows.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator

import keras
import numpy as np
import tensorflow as tf

from tlcore.data.dataset import Dataset
from tlcore.errors import RunError
from tlcore.evaluate import lr_curve
from tlcore.graft import pipeline
from tlcore.graft.cache.features import FeatureReader
from tlcore.graft.network.build import PhaseModel
from tlcore.graft.training import checkpoint, loop, mixup, phases, precompute
from tlcore.graft.training.batches import TrainingBatches
from tlcore.graft.training.run_context import RunContext, StopRequested
from tlcore.graft.training.step import PhaseSpec, Steps
from tlcore.runs.job import Reporter
from tlcore.runs.lr_search import LrSearch, LrSearchRecord

FIRST, LAST = 1e-6, 10.0  # learning rates
STEPS = 100
NAMES = {"head": "the head", "fine-tuning": "the unfrozen part", "whole": "the whole network"}
log = logging.getLogger(__name__)


class RisingRate(keras.optimizers.schedules.LearningRateSchedule):
    """From `FIRST` to `LAST` in `STEPS` steps, each the same number of times larger than the one before.

    As a schedule it is part of the compiled step: the rate changes without tracing anew.
    """

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        return FIRST * (LAST / FIRST) ** (tf.cast(step, tf.float32) / (STEPS - 1))

    def get_config(self) -> dict[str, object]:
        return {}


def sweep(
    spec: PhaseSpec,
    batches: TrainingBatches,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> lr_curve.LrCurve:
    """Try the rates on `spec.tail`, which has its weights back afterwards.

    It ends before the last rate where the loss diverges.

    Args:
        on_progress: called with the steps done and their total. It may raise to leave.
    """
    start_weights = checkpoint.weights_of(spec.tail.variables)
    try:
        rates, losses = _try_rates(spec, batches, on_progress)
    finally:
        checkpoint.assign(spec.tail.variables, start_weights)
    return lr_curve.curve(spec.phase, rates, losses)


def _try_rates(
    spec: PhaseSpec, batches: TrainingBatches, on_progress: Callable[[int, int], None]
) -> tuple[list[float], list[float]]:
    """The rate and the training loss of each step.

    The rate is read each time: in half precision it stays where gradients overflow and a step is left out.
    """
    steps = Steps(spec, RisingRate())
    rates: list[float] = []
    losses: list[float] = []
    for batch in itertools.islice(_batches(spec, batches), STEPS):
        on_progress(len(losses), STEPS)
        rates.append(float(steps.optimizer.learning_rate))
        loss, weight, *_ = np.asarray(steps.train(*batch), dtype=np.float64)[0]
        losses.append(loss / weight)
        if lr_curve.divergence_step(lr_curve.smooth(losses)) is not None:
            break
    on_progress(STEPS, STEPS)
    return rates, losses


def _batches(spec: PhaseSpec, batches: TrainingBatches) -> Iterator[tuple]:
    """Arguments of `Steps.train`, one step at a time, pass after pass without end.

    The last batch of a pass is left out where it is not full: the loss of a few examples jumps.
    """
    for epoch in itertools.count(1):
        loop.seed_everything(spec.tail, spec.seed, epoch)
        view = batches.epoch_view(spec.seed, epoch)
        order = batches.shuffle(spec.seed, epoch)
        if len(order) > 1 and (order[-1] < 0).any():
            order = order[:-1]
        pairs = mixup.draw_pairs(order, spec.mixup, spec.seed, epoch) if spec.mixup else ()
        for at in range(len(order)):
            step = slice(at, at + 1)
            yield (*view.fetch(order[step]), *(values[step] for values in pairs))


def execute(search: LrSearch, dataset: Dataset, reporter: Reporter) -> LrSearchRecord | None:
    """Find the curve of each phase; None when it was stopped before.

    Raises:
        GraftError: a person can do something about it.
    """
    try:
        return _execute(
            RunContext(search, search.config(), dataset, dataset.read(search.config().data_version), reporter)
        )
    except StopRequested:
        return None


def _execute(context: RunContext) -> LrSearchRecord:
    for split in ("train", "validation"):
        context.rows(split)
    context, inputs, device, graft = pipeline.load(context)
    curves: list[lr_curve.LrCurve] = []
    for model in graft.phase_models:
        unfrozen = 0 if model.phase == "head" else context.config.unfreeze
        reader, context = precompute.feature_reader(context, model.front, unfrozen, inputs, device)
        curves.append(_curve(context, model, reader))
        if model is not graft.phase_models[-1]:
            _train_phase(context, model, reader)
    return LrSearchRecord(tuple(curves))


def _curve(context: RunContext, model: PhaseModel, reader: FeatureReader) -> lr_curve.LrCurve:
    def on_progress(done: int, total: int) -> None:
        context.reporter.progress(done, total)
        context.check_stop()

    context.reporter.stage("rates", f"Trying learning rates on {NAMES[model.phase]}", total=STEPS)
    curve = sweep(
        phases.phase_spec(context, model),
        context.training_batches(reader, context.rows("train"), views=True, phase=model.phase),
        on_progress,
    )
    rate = "none" if curve.suggested is None else f"{curve.suggested:g}"
    log.info("%s: %d rates tried, suggested: %s. %s", model.phase, len(curve.rates), rate, curve.reason)
    return curve


def _train_phase(context: RunContext, model: PhaseModel, reader: FeatureReader) -> None:
    """Train a phase, since the next one begins where it ends; nothing is written down.

    Raises:
        RunError: it cannot be trained at its own learning rate.
    """
    spec = phases.phase_spec(context, model)
    title, total = phases.TITLES[model.phase], spec.recipe.epochs
    context.reporter.stage("training", title, total=total)

    def on_epoch(row: loop.MetricRow) -> None:
        context.reporter.progress(row["epoch"], total, f"{title}: epoch {row['epoch']} of {total}")

    progress, _ = loop.train(
        spec,
        context.training_batches(reader, context.rows("train"), views=True, phase=model.phase),
        context.batches(reader, context.rows("validation")),
        loop.Hooks(on_epoch=on_epoch, should_stop=context.check_stop),
    )
    if not progress.best_epoch:
        raise RunError(
            f"The loss became infinite while {NAMES[model.phase]} was trained first.",
            received=spec.recipe.learning_rate,
            remedy="Choose a smaller learning rate for it.",
        )
