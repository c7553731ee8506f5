"""Five folds over the cached features: how much the accuracy depends on which pictures were held out."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np

from tlcore.config import RunConfig
from tlcore.evaluate.report import CrossValidation, cross_validation
from tlcore.graft import training
from tlcore.graft.source import Inference, Source

FOLDS = 5


def cross_validate(
    source: Source, tail: keras.Model, config: RunConfig, on_fold: Callable[[int, int], None]
) -> CrossValidation:
    """Train a fresh copy of the head on each four fifths of `source` and score it on the fifth left out.

    The fold left out never chooses the best epoch: all epochs are trained and the last weights count, so the
    accuracy is not flattered.
    """
    assignment = stratified_folds(source.labels, config.seed)
    accuracies = []
    for fold in range(FOLDS):
        on_fold(fold, FOLDS)
        held = assignment == fold
        accuracies.append(_accuracy(source.part(~held), source.part(held), tail, config))
    return cross_validation(accuracies, len(source.rows))


def stratified_folds(labels: np.ndarray, seed: int) -> np.ndarray:
    """A fold number for each example, (n,), every class spread evenly over the folds."""
    folds = np.zeros(len(labels), dtype=int)
    dealt = 0
    for label in np.unique(labels):
        members = np.random.default_rng([seed, int(label)]).permutation(np.flatnonzero(labels == label))
        folds[members] = (np.arange(len(members)) + dealt) % FOLDS
        dealt += len(members)
    return folds


def _accuracy(train: Source, held: Source, tail: keras.Model, config: RunConfig) -> float:
    keras.utils.set_random_seed(config.seed)
    fresh = keras.models.clone_model(tail)
    training.train_all_epochs(fresh, train, config.training, seed=config.seed)
    return float((Inference(fresh)(held).argmax(-1) == held.labels).mean())
