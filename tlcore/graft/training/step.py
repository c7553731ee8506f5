"""The compiled steps of one phase of training: several batches at a time, no Python in between."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import keras
import tensorflow as tf

from tlcore.config import PhaseName
from tlcore.config.training import TrainingConfig
from tlcore.graft.network.norm_folding import fold_frozen_norms
from tlcore.graft.training import mixup, optimizer
from tlcore.graft.training.objectives.classification import Classification
from tlcore.graft.training.objectives.objective import Objective


@dataclass(frozen=True)
class PhaseSpec:
    """One phase of training: its tail, objective, recipe, seed and mixup.

    Attributes:
        rate_shares: the share of the learning rate for each trained variable of `tail`; none: all of it.
        mixup: strength of the blending; 0: none.
        averaging: share of the model so far in the model after each epoch; 0: none.
        earlier_epochs: of the phases before; this one counts on from there.
        own_objective: None: the one of a classifier.
    """

    tail: keras.Model
    recipe: TrainingConfig
    seed: int
    phase: PhaseName = "head"
    rate_shares: tuple[float, ...] = ()
    mixup: float = 0.0
    averaging: float = 0.0
    earlier_epochs: int = 0
    own_objective: Objective | None = None

    @functools.cached_property
    def objective(self) -> Objective:
        """The objective of its steps. From random weights a classifier's epoch is better by its accuracy: the
        loss of a network that learns from scratch is lowest while it says the same of every example.
        """
        if self.own_objective is not None:
            return self.own_objective
        return Classification(self.recipe, self.tail.output_shape[-1], by_score=self.phase == "whole")


class Steps:
    """Compiled passes over several batches. `train` gives loss, weight, hits and examples of each step."""

    def __init__(self, spec: PhaseSpec, rate: optimizer.Rate) -> None:
        self.spec = spec
        self.tail = spec.tail
        self._folded = fold_frozen_norms(spec.tail)
        self.objective = spec.objective
        self.optimizer = optimizer.build_optimizer(spec.recipe, rate, spec.phase, spec.rate_shares)
        if any(layer.compute_dtype == "float16" for layer in self.tail.layers):
            # The gradients of half precision underflow unless the loss is scaled up.
            self.optimizer = keras.optimizers.LossScaleOptimizer(self.optimizer)
        self.optimizer.build(self.tail.trainable_variables)
        # Traced once for any number of steps: tracing costs more than a small head's whole training.
        tensors = tuple(tf.TensorSpec((None, *tensor.shape), tensor.dtype) for tensor in self.tail.inputs)
        target = self.objective.target
        per_example = [
            tf.TensorSpec((None, None, *target.shape), target.dtype),
            tf.TensorSpec((None, None, *self._heads), tf.float32),
            *(tf.TensorSpec((None, None), dtype) for dtype in (tf.int32, tf.float32) if spec.mixup),
        ]
        self.train = tf.function(self._train, (tensors, *per_example), autograph=False)

    @property
    def _heads(self) -> tuple[int, ...]:
        """The shape of an example's weight: one number, without a dimension of its own."""
        return ()

    def _train(
        self, tensors: tuple[tf.Tensor, ...], targets: tf.Tensor, weights: tf.Tensor, *pairs: tf.Tensor
    ) -> tf.Tensor:
        """One optimiser step per batch; (steps, 4).

        Args:
            tensors: (steps, batch, …) each; the others (steps, batch). Fillers at the end of a batch weigh
                nothing, and the network never sees them: they would count in a batch norm that learns.
            pairs: partners and shares from `mixup.draw_pairs`, with mixup.
        """

        counting = tf.reduce_max(weights, axis=list(range(2, len(weights.shape))))

        def step(i: tf.Tensor, sums: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
            real = tf.math.count_nonzero(counting[i])
            batch = [tensor[i][:real] for tensor in tensors]
            result = self._step(batch, *(values[i][:real] for values in (targets, weights, *pairs)))
            return i + 1, sums.write(i, result)

        steps = tf.shape(targets)[0]
        sums = tf.TensorArray(tf.float32, size=steps, element_shape=(4,))
        _, sums = tf.while_loop(lambda i, _: i < steps, step, (0, sums), parallel_iterations=1)
        return sums.stack()

    def _step(
        self, tensors: list[tf.Tensor], targets: tf.Tensor, weights: tf.Tensor, *pairs: tf.Tensor
    ) -> tf.Tensor:
        """One optimiser step on one batch; its loss sum, weight, hits and number of examples, (4,)."""
        inputs = [mixup.blend(tensor, *pairs) for tensor in tensors] if pairs else tensors
        with tf.GradientTape() as tape:
            outputs = self._folded(inputs, training=True)
            losses, weights = self._losses(targets, outputs, weights, *pairs)
            scaled = self.optimizer.scale_loss(self._objective(losses, weights))
        variables = self.tail.trainable_variables
        self.optimizer.apply(tape.gradient(scaled, [v.value for v in variables]), variables)
        return self._sums(targets, outputs, losses, weights)

    def _objective(self, losses: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        """The number that the step makes smaller: the mean loss."""
        return tf.reduce_sum(losses) / tf.reduce_sum(weights)

    def _sums(
        self, targets: tf.Tensor, outputs: tf.Tensor, losses: tf.Tensor, weights: tf.Tensor
    ) -> tf.Tensor:
        """The loss sum, weight, hits and number of examples, (4,)."""
        hits = self.objective.hits(targets, outputs)
        return tf.stack(
            [*map(tf.reduce_sum, (losses, weights, hits)), tf.cast(tf.shape(targets)[0], tf.float32)]
        )

    def _losses(
        self, targets: tf.Tensor, outputs: tf.Tensor, weights: tf.Tensor, *pairs: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Loss and weight of each example, (n,); a blend answers for both of its classes."""
        own = self.objective.losses(targets, outputs) * weights
        if not pairs:
            return own, weights
        partners, shares = pairs
        others = self.objective.losses(tf.gather(targets, partners), outputs) * tf.gather(weights, partners)
        return shares * own + (1 - shares) * others, weights
