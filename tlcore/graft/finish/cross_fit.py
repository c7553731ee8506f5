"""Out-of-fold answers, by heads that have not seen the example: for calibration, label errors and folds.

Called by `temperature.py` once a run has trained. Its training and validation examples are dealt into five
folds, and five copies of the head learn at once behind the frozen backbone, each without one fold: products
are the least of what a step of a small head costs, so five in one network take less than five trainings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import keras
import numpy as np
import tensorflow as tf

from tlcore.config import RunConfig
from tlcore.evaluate.folds import stratified_folds
from tlcore.graft.network.seeds import set_seed
from tlcore.graft.training import loop, optimizer
from tlcore.graft.training.batches import Inference, TrainingBatches
from tlcore.graft.training.out_of_fold import OutOfFold
from tlcore.graft.training.step import PhaseSpec, Steps

MOST_BYTES = 1_000_000_000  # of features in memory, for runs without a cache
TINY = 1e-30  # weight of a step in which no example counts for any head


def cross_fit(
    batches: TrainingBatches,
    groups: np.ndarray,
    head: keras.Model,
    config: RunConfig,
    epochs: int,
    on_epoch: Callable[[int, int], None],
    should_stop: Callable[[], bool],
) -> OutOfFold | None:
    """Train a fresh copy of `head` without each fold of the examples, and let it answer that fold.

    Copies learn by the run's own recipe for as many epochs as were best for its head: with more they would be
    surer than the model they stand for. They answer examples as they are, without views.

    Args:
        batches: training and validation examples; `rows` are (n,), or (n, views) with the example first.
        groups: a number for each example, (n,), the same for look-alikes: they stay together.
        head: features → logits, Dense layers and dropout. It is left as it is.
        on_epoch: called with the epochs done and their total.
        should_stop: may raise to leave.

    Returns:
        None where all examples look the same: there is nothing to leave out.
    """
    rows = batches.rows.reshape(len(batches.labels), -1)[:, 0]
    folds = stratified_folds(batches.labels, groups, config.seed)
    if not folds.any():
        return None
    if not config.cache and _feature_bytes(batches, head) <= MOST_BYTES:  # or the frozen part runs each epoch
        batches = load_into_memory(batches)
    set_seed(config.seed)
    copies = stack_heads(keras.models.clone_model(head), int(folds.max()) + 1)
    _train(copies, with_fold_weights(batches, folds), config, epochs, on_epoch, should_stop)
    originals = replace(batches, rows=batches.rows.reshape(len(rows), -1)[:, 0])  # in memory they are others
    return OutOfFold(rows, _answer_folds(copies, originals, folds), folds)


def _train(
    copies: keras.Model,
    batches: TrainingBatches,
    config: RunConfig,
    epochs: int,
    on_epoch: Callable[[int, int], None],
    should_stop: Callable[[], bool],
) -> None:
    spec = PhaseSpec(copies, config.training, config.seed, mixup=config.augmentation.mixup or 0.0)
    steps = _HeadSteps(spec, optimizer.schedule(config.training, batches.steps))
    for epoch in range(1, epochs + 1):
        on_epoch(epoch - 1, epochs)
        loop.run_epoch(steps, batches, epoch, loop.Hooks(should_stop=should_stop))


def _answer_folds(copies: keras.Model, batches: TrainingBatches, folds: np.ndarray) -> np.ndarray:
    """For each example the logits of the copy that has not seen its fold, (n, classes)."""
    logits = np.zeros((len(folds), copies.output_shape[-1]), np.float32)
    inference = Inference(copies)
    for fold in range(int(folds.max()) + 1):
        mask = folds == fold
        logits[mask] = inference(batches.subset(mask))[:, fold]
    return logits


def with_fold_weights(batches: TrainingBatches, folds: np.ndarray) -> TrainingBatches:
    """The same examples with a weight for every head, (n, folds): 0 for the head without their fold.

    Batches are larger by the share that each head leaves out: it sees as many examples at a time, in as many
    steps, as in a training of its own.
    """
    count = int(folds.max()) + 1
    own = np.ones(len(folds)) if batches.weights is None else batches.weights
    weights = own.astype(np.float32)[:, None] * (folds[:, None] != np.arange(count))
    return replace(batches, weights=weights, batch_size=round(batches.batch_size * count / (count - 1)))


def stack_heads(head: keras.Model, copies: int) -> keras.Model:
    """One network of several copies of a head, all with its weights: (n, width) → (n, copies, classes).

    The first layer is one layer as wide as all copies: a product of two matrices takes half the time of the
    same einsum, and with the update of its kernel it is most of the cost of a step.
    """
    features = keras.Input(head.input_shape[1:], dtype=head.inputs[0].dtype)
    x, weights = features, []
    for layer in head.layers[1:]:
        if isinstance(layer, keras.layers.Dropout):
            x = keras.layers.Dropout(layer.rate, dtype=layer.dtype_policy)(x)
            continue
        kernel, bias = layer.get_weights()
        options = {"activation": layer.activation, "dtype": layer.dtype_policy}
        if len(x.shape) == 2:
            x = keras.layers.Dense(copies * layer.units, **options)(x)
            x = keras.layers.Reshape((copies, layer.units), dtype=layer.dtype_policy)(x)
            weights += [np.tile(kernel, copies), np.tile(bias, copies)]
        else:
            sums = "bfi,fio->bfo"
            x = keras.layers.EinsumDense(sums, (copies, layer.units), bias_axes="fo", **options)(x)
            weights += [np.stack([kernel] * copies), np.stack([bias] * copies)]
    model = keras.Model((features,), x, name="copies")
    for variable, value in zip(model.trainable_variables, weights, strict=True):
        variable.assign(value)
    return model


class _HeadSteps(Steps):
    """Steps of several heads at once, each by the mean loss over its own examples: none knows of the others.

    Weights have one more dimension, (…, heads), and so have the logits.
    """

    @property
    def _heads(self) -> tuple[int, ...]:
        return tuple(self.tail.output_shape[1:-1])

    def _losses(
        self, labels: tf.Tensor, logits: tf.Tensor, weights: tf.Tensor, *pairs: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """As in `Steps`, (n, heads). A head that may not see one of two examples may not see their blend."""
        all_labels = tf.repeat(labels[:, None], logits.shape[1], axis=1)
        if not pairs:
            return super()._losses(all_labels, logits, weights)
        partners, shares = pairs
        losses, weights = super()._losses(all_labels, logits, weights, partners, shares[:, None])
        both = tf.sign(weights * tf.gather(weights, partners))
        return losses * both, weights * both

    def _objective(self, losses: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        """The sum over heads of their mean losses."""
        return tf.reduce_sum(tf.math.divide_no_nan(tf.reduce_sum(losses, 0), tf.reduce_sum(weights, 0)))

    def _sums(self, labels: tf.Tensor, logits: tf.Tensor, losses: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        """As in `Steps`, over all heads; an example counts once for each head that may see it."""
        right = tf.cast(tf.equal(tf.argmax(logits, -1, labels.dtype), labels[:, None]), tf.float32)
        counted = tf.cast(tf.math.count_nonzero(weights), tf.float32)
        sums = map(tf.reduce_sum, (losses, weights, right * tf.sign(weights)))
        return tf.maximum(tf.stack([*sums, counted]), TINY)


def _feature_bytes(batches: TrainingBatches, head: keras.Model) -> int:
    """Bytes of the features of all rows."""
    numbers = sum(int(np.prod(tensor.shape[1:])) for tensor in head.inputs)
    return 4 * numbers * batches.rows.size


def load_into_memory(batches: TrainingBatches) -> TrainingBatches:
    """The same examples with their cut tensors in memory, each row read once."""
    rows, at = np.unique(batches.rows, return_inverse=True)
    tensors = batches.read(rows)
    at = at.reshape(batches.rows.shape)
    return replace(batches, read=lambda rows: tuple(tensor[rows] for tensor in tensors), rows=at)
