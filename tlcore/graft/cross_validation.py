"""Five folds over the cached features: how much the accuracy depends on which pictures were held out."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np

from tlcore.config import RunConfig
from tlcore.evaluate.report import CrossValidation, cross_validation
from tlcore.graft import checkpoint, recipe, training
from tlcore.graft.source import Inference, Source
from tlcore.graft.steps import Lesson, Steps
from tlcore.plan import FOLDS


def cross_validate(
    source: Source,
    groups: np.ndarray,
    tail: keras.Model,
    config: RunConfig,
    on_fold: Callable[[int, int], None],
    should_stop: Callable[[], bool],
) -> CrossValidation:
    """Train a fresh copy of the head on each four fifths of `source` and score it on the fifth left out.

    The fold left out never chooses the best epoch: all epochs are trained and the last weights count, so the
    accuracy is not flattered. All cut tensors are read once: behind the pooling they are small. Pictures are
    shown as they are: there are no augmented views of those that the run itself does not train on.

    Args:
        groups: a number for each example, (n,), the same for those that look the same.
        on_fold: told how many folds are done, of how many.
        should_stop: asked all the time; it may raise to leave.
    """
    source = in_memory(source)
    assignment = stratified_folds(source.labels, groups, config.seed)
    accuracies = []
    folds = int(assignment.max()) + 1
    copy = _Copy(tail, source.part(assignment != 0).steps, config)
    for fold in range(folds):
        on_fold(fold, folds)
        held = assignment == fold
        accuracies.append(copy.accuracy(source.part(~held), source.part(held), should_stop))
    return cross_validation(accuracies, len(source.rows))


class _Copy:
    """A fresh copy of a head, set back to its beginning for every fold: it is compiled once."""

    def __init__(self, tail: keras.Model, steps_per_epoch: int, config: RunConfig) -> None:
        keras.utils.set_random_seed(config.seed)
        self.config = config
        self.model = keras.models.clone_model(tail)
        lesson = Lesson(self.model, config.training, config.seed, mixup=config.augmentation.mixup or 0.0)
        self.steps = Steps(lesson, recipe.schedule(config.training, steps_per_epoch))
        self.inference = Inference(self.model)
        self.variables = [*self.model.variables, *self.steps.optimizer.variables]
        self.beginning = checkpoint.read(self.variables)

    def accuracy(self, train: Source, held: Source, should_stop: Callable[[], bool]) -> float:
        checkpoint.assign(self.variables, self.beginning)
        hooks = training.Hooks(should_stop=should_stop)
        for epoch in range(1, self.config.training.epochs + 1):
            training.run_epoch(self.steps, train, epoch, hooks)
        return float((self.inference(held).argmax(-1) == held.labels).mean())


def in_memory(source: Source) -> Source:
    """The same examples with their cut tensors read already."""
    tensors = source.read(source.rows)
    return Source(
        lambda rows: tuple(tensor[rows] for tensor in tensors),
        np.arange(len(source.rows)),
        source.labels,
        source.batch_size,
        source.weights,
    )


def stratified_folds(labels: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    """A fold number for each example, (n,), every class spread evenly over the folds; none is empty.

    Groups stay together: a look-alike in another fold would give the answer away. With fewer than five groups
    there are as many folds as groups.
    """
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    folds = np.zeros(len(first), dtype=int)
    dealt = 0
    for label in np.unique(labels[first]):
        members = np.flatnonzero(labels[first] == label)
        members = np.random.default_rng([seed, int(label)]).permutation(members)
        folds[members] = (np.arange(len(members)) + dealt) % min(FOLDS, len(first))
        dealt += len(members)
    return folds[group]
