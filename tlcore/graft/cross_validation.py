"""Five folds over the cached features: how much the accuracy depends on which pictures were held out."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np

from tlcore.config import RunConfig
from tlcore.evaluate.report import CrossValidation, cross_validation
from tlcore.graft import training
from tlcore.graft.source import Inference, Source
from tlcore.plan import FOLDS


def cross_validate(
    source: Source,
    tail: keras.Model,
    config: RunConfig,
    on_fold: Callable[[int, int], None],
    should_stop: Callable[[], bool],
) -> CrossValidation:
    """Train a fresh copy of the head on each four fifths of `source` and score it on the fifth left out.

    The fold left out never chooses the best epoch: all epochs are trained and the last weights count, so the
    accuracy is not flattered. All cut tensors are read once: behind the pooling they are small.

    Args:
        on_fold: told how many folds are done, of how many.
        should_stop: asked all the time; it may raise to leave.
    """
    source = in_memory(source)
    assignment = stratified_folds(source.labels, config.seed)
    accuracies = []
    folds = int(assignment.max()) + 1
    for fold in range(folds):
        on_fold(fold, folds)
        held = assignment == fold
        accuracies.append(_accuracy(source.part(~held), source.part(held), tail, config, should_stop))
    return cross_validation(accuracies, len(source.rows))


def in_memory(source: Source) -> Source:
    """The same examples with their cut tensors read already."""
    tensors = source.read(source.rows)
    return Source(
        lambda rows: tuple(tensor[rows] for tensor in tensors),
        np.arange(len(source.rows)),
        source.labels,
        source.batch_size,
    )


def stratified_folds(labels: np.ndarray, seed: int) -> np.ndarray:
    """A fold number for each example, (n,), every class spread evenly over the folds; none is empty.

    With fewer than five examples there are as many folds as examples.
    """
    folds = np.zeros(len(labels), dtype=int)
    dealt = 0
    for label in np.unique(labels):
        members = np.random.default_rng([seed, int(label)]).permutation(np.flatnonzero(labels == label))
        folds[members] = (np.arange(len(members)) + dealt) % min(FOLDS, len(labels))
        dealt += len(members)
    return folds


def _accuracy(
    train: Source, held: Source, tail: keras.Model, config: RunConfig, should_stop: Callable[[], bool]
) -> float:
    keras.utils.set_random_seed(config.seed)
    fresh = keras.models.clone_model(tail)
    hooks = training.Hooks(should_stop=should_stop)
    training.train_all_epochs(fresh, train, config.training, seed=config.seed, hooks=hooks)
    return float((Inference(fresh)(held).argmax(-1) == held.labels).mean())
