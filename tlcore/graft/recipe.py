"""The recipe in Keras terms: optimiser, learning-rate schedule and loss."""

from __future__ import annotations

from collections.abc import Callable

import keras
import tensorflow as tf

from tlcore.config import TrainingConfig

Loss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def optimizer(recipe: TrainingConfig, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    """The optimiser with its schedule, fixed by the planned number of epochs."""
    assert recipe.learning_rate, "a configuration is resolved before it trains"
    rate = _schedule(recipe, recipe.learning_rate, steps_per_epoch)
    decay = recipe.weight_decay or None
    if recipe.optimizer == "rmsprop":
        return keras.optimizers.RMSprop(rate, weight_decay=decay)
    return keras.optimizers.AdamW(rate, weight_decay=decay) if decay else keras.optimizers.Adam(rate)


def _schedule(
    recipe: TrainingConfig, rate: float, steps_per_epoch: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """Cosine from the learning rate down to a hundredth of it, after a linear warm-up."""
    if recipe.schedule == "constant":
        return rate
    warmup = round(min(recipe.warmup_epochs, recipe.epochs / 2) * steps_per_epoch)
    total = recipe.epochs * steps_per_epoch
    if warmup == 0:
        return keras.optimizers.schedules.CosineDecay(rate, total, alpha=0.01)
    return keras.optimizers.schedules.CosineDecay(
        rate / 10,
        total - warmup,
        alpha=0.01,
        warmup_target=rate,
        warmup_steps=warmup,
    )


def loss(recipe: TrainingConfig, classes: int) -> Loss:
    """Per-example loss (n,) from class numbers (n,) and logits (n, classes)."""
    if recipe.loss == "categorical_crossentropy":
        categorical = keras.losses.CategoricalCrossentropy(from_logits=True, reduction="none")
        return lambda true, logits: categorical(tf.one_hot(true, classes), logits)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")
