"""The recipe in Keras terms: optimiser, learning-rate schedule and rates by block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import keras
import tensorflow as tf

from tlcore.backbones.catalogue.entry import Block
from tlcore.backbones.graph import steps
from tlcore.config import PhaseName
from tlcore.config.training import TrainingConfig

# What Adam and RMSprop add to the size of the gradients before they divide by it. Behind a head that has
# learned its examples gradients are tiny, and the usual 1e-7 would blow them up to full steps of pure noise:
# on flowers5 the first such epoch raised the validation loss from 0.38 to 0.55.
EPSILON: dict[PhaseName, float] = {"head": 1e-7, "fine-tuning": 1e-3, "whole": 1e-7}
Rate: TypeAlias = "float | keras.optimizers.schedules.LearningRateSchedule"


def build_optimizer(
    recipe: TrainingConfig, rate: Rate, phase: PhaseName = "head", shares: Sequence[float] = ()
) -> keras.optimizers.Optimizer:
    """The optimiser of a phase.

    Args:
        shares: of the learning rate for each trained variable, as `rate_shares` gives them; none: all of it.
    """
    decay = recipe.weight_decay or None
    kind: Any = RMSprop if recipe.optimizer == "rmsprop" else FusedAdam
    return _with_rate_shares(kind, shares)(rate, weight_decay=decay, epsilon=EPSILON[phase])


class _OneRate:
    """Weight decay with the step's own look at the schedule, where Keras takes one for each variable: in an
    unfrozen network those took longer to trace than the network.
    """

    weight_decay: float | None
    _use_weight_decay: Any

    def _apply_weight_decay(self, variables: Sequence[keras.Variable]) -> None:
        """Nothing: this is asked before the step knows its rate."""

    def _backend_update_step(
        self, gradients: Sequence[tf.Tensor], variables: Sequence[keras.Variable], learning_rate: tf.Tensor
    ) -> None:
        for variable in filter(self._use_weight_decay, variables if self.weight_decay is not None else ()):
            held = variable.value
            held.assign_sub(
                held * tf.cast(self.weight_decay, held.dtype) * tf.cast(learning_rate, held.dtype)
            )
        super()._backend_update_step(gradients, variables, learning_rate)  # type: ignore[misc]


class RMSprop(_OneRate, keras.optimizers.RMSprop):
    """Keras's, with that decay."""


class FusedAdam(_OneRate, keras.optimizers.Adam):
    """Adam in one pass over each variable, where Keras takes a dozen: with small batches those were a tenth
    of fine-tuning.
    """

    def update_step(self, gradient: tf.Tensor, variable: tf.Variable, learning_rate: tf.Tensor) -> None:
        number, dtype = self._get_variable_index(variable), variable.dtype
        done = tf.cast(self.iterations + 1, dtype)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[number].value.handle,
            v=self._velocities[number].value.handle,
            beta1_power=tf.cast(self.beta_1, dtype) ** done,
            beta2_power=tf.cast(self.beta_2, dtype) ** done,
            lr=tf.cast(learning_rate, dtype),
            beta1=tf.cast(self.beta_1, dtype),
            beta2=tf.cast(self.beta_2, dtype),
            epsilon=tf.cast(self.epsilon, dtype),
            grad=tf.cast(gradient, dtype),
        )


def _with_rate_shares(kind: Any, shares: Sequence[float]) -> Any:
    """`kind` with a rate for each variable; scaled gradients would not change Adam's steps."""
    if not shares:
        return kind

    class WithRateShares(kind):  # type: ignore[misc]
        def update_step(self, gradient: tf.Tensor, variable: tf.Variable, learning_rate: tf.Tensor) -> None:
            share = shares[self._get_variable_index(variable)]
            super().update_step(gradient, variable, learning_rate * share)

    return WithRateShares


def rate_shares(tail: keras.Model, blocks: Sequence[Block], decay: float) -> tuple[float, ...]:
    """Shares of the learning rate for the trained variables of `tail`: smaller steps in deeper blocks.

    1 for the head, `decay` for the last block, and so on, one factor for each block (Howard and Ruder, 2018).

    Args:
        blocks: all of the backbone; those before the cut are not in `tail`.
    """
    ends = {block.output: number for number, block in enumerate(blocks, start=1)}
    calls = steps(tail)
    numbers = [ends[call.operation.name] for call in calls if call.operation.name in ends]
    at = min(numbers, default=len(blocks) + 1)  # the block we are in, from 1; behind the last one is the head
    shares: dict[int, float] = {}
    for call in calls:
        for variable in getattr(call.operation, "trainable_variables", ()):
            shares.setdefault(id(variable), decay ** (len(blocks) + 1 - at))
        if call.operation.name in ends:
            at = ends[call.operation.name] + 1
    return tuple(shares[id(variable)] for variable in tail.trainable_variables)


def schedule(recipe: TrainingConfig, steps_per_epoch: int) -> Rate:
    """Cosine from the learning rate down to a hundredth of it, after a linear warm-up.

    It depends on the planned number of epochs.
    """
    assert recipe.learning_rate, "a configuration is resolved before it trains"
    rate = recipe.learning_rate
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
