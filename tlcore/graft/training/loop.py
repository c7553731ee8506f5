"""The training loop. It sees batches of (cut tensors, label, weight) and a tail model; nothing else.

The order of examples and every random draw of an epoch depend only on the seed and the epoch's number, so a
run that was killed and resumed ends with the weights of one that was not.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from tlcore.config.training import TrainingConfig
from tlcore.graft.training import checkpoint, mixup, optimizer
from tlcore.graft.training.batches import Inference, TrainingBatches
from tlcore.graft.training.objectives.objective import Objective
from tlcore.graft.training.step import PhaseSpec, Steps
from tlcore.runs.metrics import MetricRow

REPORT_SECONDS = 0.4  # seconds between two looks at a running epoch
MOST_STEPS = 64  # compiled steps between two looks, at most ...
MOST_BYTES = 300_000_000  # ... and as many as their tensors fit in this
STOPPED = "stopped by you"


@dataclass
class Hooks:
    """Callbacks of training."""

    on_step: Callable[[MetricRow], None] = lambda row: None
    on_epoch: Callable[[MetricRow], None] = lambda row: None
    should_stop: Callable[[], bool] = lambda: False


def train(
    spec: PhaseSpec,
    training: TrainingBatches,
    validation: TrainingBatches,
    hooks: Hooks,
    checkpoints: Path | None = None,
) -> tuple[checkpoint.TrainingProgress, str]:
    """Train `spec.tail` and leave in it the weights, or their mean, of the epoch that was best on validation.

    Returns:
        the progress in this phase, and the reason why it ended before the last epoch ("": it did not).
    """
    settings, tail = spec.recipe, spec.tail
    steps = Steps(spec, optimizer.schedule(settings, training.steps))
    progress, best, mean = checkpoint.fresh_start(tail)
    if checkpoints:
        progress, best, mean = checkpoint.restore(checkpoints, tail, steps.optimizer)
    for last in progress.history[-1:]:
        hooks.on_epoch(last)  # its line may not have reached the disk before the crash
    reason = _stop_reason(progress, settings)
    while progress.epoch < settings.epochs and not reason:
        if (row := run_epoch(steps, training, spec.earlier_epochs + progress.epoch + 1, hooks)) is None:
            reason = STOPPED
            break
        weights = checkpoint.weights_of(tail.variables)
        mean = checkpoint.blend(mean, weights, 1 - spec.averaging)
        row |= _validate_mean(spec, mean, weights, validation)
        progress.epoch += 1
        progress.history.append(row)
        if _is_better(row, progress, spec.objective):
            progress.best_epoch, progress.best_loss = progress.epoch, row["val_loss"]
            best = mean
        if checkpoints:
            others = (best, mean) if spec.averaging else (best,)
            checkpoint.save(checkpoints, progress, tail, steps.optimizer, *others)
        hooks.on_epoch(row)
        reason = _stop_reason(progress, settings)
    if progress.best_epoch:
        checkpoint.assign(tail.variables, best)
    return progress, reason


def _validate_mean(
    spec: PhaseSpec, mean: checkpoint.Weights, weights: checkpoint.Weights, validation: TrainingBatches
) -> MetricRow:
    """Validation with `mean` in the tail; afterwards it has the `weights` again that train."""
    tail = spec.tail
    if mean is weights:  # without averaging: they are there
        return validate(tail, spec.objective, validation)
    checkpoint.assign(tail.variables, mean)
    row = validate(tail, spec.objective, validation)
    checkpoint.assign(tail.variables, weights)
    return row


def _is_better(row: MetricRow, progress: checkpoint.TrainingProgress, objective: Objective) -> bool:
    """Is this epoch the best so far? By validation loss, or by score where the objective says so."""
    if not objective.by_score or not progress.best_epoch:
        return bool(row["val_loss"] < progress.best_loss)
    best = progress.history[progress.best_epoch - 1]
    return (objective.score(row), -row["val_loss"]) > (objective.score(best), -best["val_loss"])


def run_epoch(steps: Steps, batches: TrainingBatches, epoch: int, hooks: Hooks) -> MetricRow | None:
    """One pass over the batches; its mean loss and accuracy, or None when it was stopped midway."""
    began = time.monotonic()
    spec = steps.spec
    seed_everything(steps.tail, spec.seed, epoch)
    batches = batches.epoch_view(spec.seed, epoch)
    order = batches.shuffle(spec.seed, epoch)
    pairs = mixup.draw_pairs(order, spec.mixup, spec.seed, epoch) if spec.mixup else ()
    place = {"epoch": epoch, "phase": spec.phase}
    sums = np.zeros(4)
    at, chunk = 0, 1
    while at < len(order):
        if hooks.should_stop():
            return None
        clock = time.monotonic()
        tensors, targets, weights = batches.fetch(order[at : at + chunk])
        mixed = (values[at : at + chunk] for values in pairs)
        results = np.asarray(steps.train(tensors, targets, weights, *mixed), dtype=np.float64)
        at += len(results)
        sums += results.sum(axis=0)
        hooks.on_step(place | {"step": at, "steps": len(order)} | _means(results[-1]))
        chunk = _next_chunk(time.monotonic() - clock, len(results), sum(t.nbytes for t in tensors))
    rate = float(steps.optimizer.learning_rate)
    return place | _means(sums) | {"learning_rate": rate, "seconds": round(time.monotonic() - began, 3)}


def _means(sums: np.ndarray) -> MetricRow:
    """Loss by weight and accuracy by examples, from their sums (4,)."""
    loss, weight, hits, examples = sums
    return {"loss": float(loss / weight), "accuracy": float(hits / examples)}


def _next_chunk(seconds: float, steps: int, size: int) -> int:
    """Number of steps to take next, after `steps` took so many seconds and bytes."""
    steps_in_time = REPORT_SECONDS / max(seconds / steps, 1e-6)
    return int(np.clip(min(steps_in_time, MOST_BYTES / max(size / steps, 1)), 1, MOST_STEPS))


def validate(tail: keras.Model, objective: Objective, batches: TrainingBatches) -> MetricRow:
    """Scores of a tail, as `Objective.validate` gives them, on examples that are not trained on."""
    return objective.validate(Inference(tail).batch_pairs(batches))


def seed_everything(tail: keras.Model, seed: int, epoch: int) -> None:
    """Set every random generator of the tail from (seed, epoch): no draw depends on what was before."""
    states = [variable for variable in tail.variables if variable.name == "seed_generator_state"]
    for i, state in enumerate(states):
        low, high = np.random.SeedSequence([seed, epoch, i]).generate_state(2)
        state.assign([low, high])


def _stop_reason(progress: checkpoint.TrainingProgress, settings: TrainingConfig) -> str:
    if progress.history and not math.isfinite(progress.history[-1]["loss"]):
        return "the loss became infinite: try a smaller learning rate"
    waited = progress.epoch - progress.best_epoch
    if settings.patience and waited >= settings.patience and progress.epoch < settings.epochs:
        return f"no better validation loss for {waited} epochs"
    return ""
