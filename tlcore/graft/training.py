"""The training loop. It sees a source of (cut tensors, label, weight) and a tail model; nothing else.

The order of examples and every random draw of an epoch depend only on the seed and the epoch's number, so a
run that was killed and resumed ends with the weights of one that was not.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tlcore.config import TrainingConfig
from tlcore.graft import checkpoint, recipe
from tlcore.graft.source import Inference, Source

REPORT_EVERY = 0.4  # seconds between two looks at a running epoch
MOST_STEPS = 64  # compiled steps between two looks, at most ...
MOST_BYTES = 300_000_000  # ... and as many as their tensors fit in this
STOPPED = "stopped by you"
Row = dict[str, Any]


class Steps:
    """Compiled passes over several batches at a time: no Python between steps."""

    def __init__(self, tail: keras.Model, settings: TrainingConfig, steps_per_epoch: int) -> None:
        self.tail = tail
        self.loss = recipe.loss(settings, tail.output_shape[-1])
        self.optimizer = recipe.optimizer(settings, steps_per_epoch)
        if any(layer.compute_dtype == "float16" for layer in tail.layers):
            # The gradients of half precision underflow unless the loss is scaled up.
            self.optimizer = keras.optimizers.LossScaleOptimizer(self.optimizer)
        self.optimizer.build(tail.trainable_variables)
        # Traced once for any number of steps: tracing costs more than a small head's whole training.
        tensors = tuple(tf.TensorSpec((None, *given.shape), given.dtype) for given in tail.inputs)
        per_example = [tf.TensorSpec((None, None), dtype) for dtype in (tf.int64, tf.float32)]
        self.train = tf.function(self._train, (tensors, *per_example), autograph=False)

    def _train(self, tensors: tuple[tf.Tensor, ...], labels: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        """One optimiser step per batch; returns loss sum, hits and weight of each, (steps, 3)."""

        def step(i: tf.Tensor, sums: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
            result = self._step([tensor[i] for tensor in tensors], labels[i], weights[i])
            return i + 1, sums.write(i, result)

        steps = tf.shape(labels)[0]
        sums = tf.TensorArray(tf.float32, size=steps, element_shape=(3,))
        _, sums = tf.while_loop(lambda i, _: i < steps, step, (0, sums), parallel_iterations=1)
        return sums.stack()

    def _step(self, tensors: list[tf.Tensor], labels: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        """One optimiser step on one batch; its loss sum, hits and weight, (3,)."""
        with tf.GradientTape() as tape:
            logits = self.tail(tensors, training=True)
            losses = self.loss(labels, logits) * weights
            mean = tf.reduce_sum(losses) / tf.reduce_sum(weights)
            scaled = self.optimizer.scale_loss(mean)
        variables = self.tail.trainable_variables
        self.optimizer.apply(tape.gradient(scaled, [v.value for v in variables]), variables)
        return self._sums(losses, labels, logits, weights)

    @staticmethod
    def _sums(losses: tf.Tensor, labels: tf.Tensor, logits: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        right = tf.cast(tf.equal(tf.argmax(logits, -1, labels.dtype), labels), tf.float32)
        return tf.stack([tf.reduce_sum(losses), tf.reduce_sum(right * weights), tf.reduce_sum(weights)])


@dataclass
class Hooks:
    """What training tells the outside, and asks it."""

    on_step: Callable[[Row], None] = lambda row: None
    on_epoch: Callable[[Row], None] = lambda row: None
    should_stop: Callable[[], bool] = lambda: False


def train(
    tail: keras.Model,
    training: Source,
    validation: Source,
    settings: TrainingConfig,
    *,
    seed: int,
    hooks: Hooks,
    checkpoints: Path | None = None,
) -> tuple[checkpoint.Progress, str]:
    """Train `tail` and leave in it the weights of the epoch with the lowest validation loss.

    Returns:
        the progress, and why it ended before the last epoch ("" when it did not).
    """
    steps, inference = Steps(tail, settings, training.steps), Inference(tail)
    progress, best = checkpoint.restore(checkpoints, tail, steps.optimizer) if checkpoints else _fresh(tail)
    for last in progress.history[-1:]:
        hooks.on_epoch(last)  # its line may not have reached the disk before the crash
    why = _why_stop(progress, settings)
    while progress.epoch < settings.epochs and not why:
        row = run_epoch(steps, training, seed, progress.epoch + 1, hooks)
        if row is None:
            why = STOPPED
            break
        row = row | _validate(inference, validation, settings)
        progress.epoch += 1
        progress.history.append(row)
        if row["val_loss"] < progress.best_loss:
            progress.best_epoch, progress.best_loss = progress.epoch, row["val_loss"]
            best = checkpoint.read(tail.variables)
        if checkpoints:
            checkpoint.save(checkpoints, progress, tail, steps.optimizer, best)
        hooks.on_epoch(row)
        why = _why_stop(progress, settings)
    if progress.best_epoch:
        checkpoint.assign(tail.variables, best)
    return progress, why


def run_epoch(steps: Steps, source: Source, seed: int, epoch: int, hooks: Hooks) -> Row | None:
    """One pass over the source; its mean loss and accuracy, or None when it was stopped midway."""
    began = time.monotonic()
    seed_everything(steps.tail, seed, epoch)
    source = source.drawn(seed, epoch)
    order = source.order(seed, epoch)
    sums = np.zeros(3)
    at, chunk = 0, 1
    while at < len(order):
        if hooks.should_stop():
            return None
        clock = time.monotonic()
        tensors, labels, weights = source.fetch(order[at : at + chunk])
        results = np.asarray(steps.train(tensors, labels, weights), dtype=np.float64)
        at += len(results)
        sums += results.sum(axis=0)
        loss, hits, weight = results[-1]
        hooks.on_step(
            {
                "epoch": epoch,
                "step": at,
                "steps": len(order),
                "loss": float(loss / weight),
                "accuracy": float(hits / weight),
            }
        )
        chunk = _next_chunk(time.monotonic() - clock, len(results), sum(t.nbytes for t in tensors))
    return {
        "epoch": epoch,
        "loss": float(sums[0] / sums[2]),
        "accuracy": float(sums[1] / sums[2]),
        "learning_rate": float(steps.optimizer.learning_rate),
        "seconds": round(time.monotonic() - began, 3),
    }


def _next_chunk(seconds: float, steps: int, size: int) -> int:
    """How many steps to take next, after `steps` took so many seconds and bytes."""
    quick = REPORT_EVERY / max(seconds / steps, 1e-6)
    return int(np.clip(min(quick, MOST_BYTES / max(size / steps, 1)), 1, MOST_STEPS))


def _validate(inference: Inference, source: Source, settings: TrainingConfig) -> Row:
    logits = inference(source)
    losses = np.asarray(recipe.loss(settings, logits.shape[-1])(source.labels, logits))
    return {
        "val_loss": float(losses.mean()),
        "val_accuracy": float((logits.argmax(-1) == source.labels).mean()),
    }


def seed_everything(tail: keras.Model, seed: int, epoch: int) -> None:
    """Set every random generator of the tail from (seed, epoch): no draw depends on what was before."""
    states = [variable for variable in tail.variables if variable.name == "seed_generator_state"]
    for i, state in enumerate(states):
        low, high = np.random.SeedSequence([seed, epoch, i]).generate_state(2)
        state.assign([low, high])


def _fresh(tail: keras.Model) -> tuple[checkpoint.Progress, checkpoint.Weights]:
    return checkpoint.Progress(), checkpoint.read(tail.variables)


def _why_stop(progress: checkpoint.Progress, settings: TrainingConfig) -> str:
    if progress.history and not math.isfinite(progress.history[-1]["loss"]):
        return "the loss became infinite: try a smaller learning rate"
    waited = progress.epoch - progress.best_epoch
    if settings.patience and waited >= settings.patience and progress.epoch < settings.epochs:
        return f"no better validation loss for {waited} epochs"
    return ""
