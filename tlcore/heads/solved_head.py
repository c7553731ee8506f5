"""The head that a person left open: a softmax regression, its penalty and passes chosen on unseen examples.

Heads that each leave out a fold answer that fold. The penalty is the strongest whose answers are within one
standard error of the best ones (Breiman et al., 1984), and the passes are those after which it answers best.
The same answers serve for calibration and label errors. Two more heads learn with them: one without the
validation examples, for the curve and every figure on validation, and one with all examples, which is the
model's: it learns for as many passes as were best.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from tlcore.heads.regression import Directions, Regressions, losses, passes
from tlcore.heads.scaling import Scaling
from tlcore.heads.term_counts import SparseCounts

PENALTIES = np.array([1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0], np.float32)
USUAL = 4  # number of the penalty where nothing can be left out
MOST_WORK = 3e9  # products in a pass over which penalties are compared on fewer folds: some 0.2 s
Layer = tuple[np.ndarray, np.ndarray]  # kernel (width, classes), bias (classes,)


@dataclass(frozen=True)
class Examples:
    """Examples that heads learn from.

    Attributes:
        features: (n, width), as they enter a head.
        labels: class numbers, (n,).
        weights: of each in the loss, (n,).
        is_held_out: validation examples, (n,).
        folds: of each, (n,); all the same: nothing can be left out.
        classes: number of them.
        counts: of terms in texts, which enter the head beside the features, (n, terms); None: none do.
        asked_counts: the same of each as heads see it that have not seen its fold; None: no less.
        counts_share: their products count this many times as much as those of features.
    """

    features: np.ndarray
    labels: np.ndarray
    weights: np.ndarray
    is_held_out: np.ndarray
    folds: np.ndarray
    classes: int
    counts: SparseCounts | None = None
    asked_counts: SparseCounts | None = None
    counts_share: float = 1.0

    @functools.cached_property
    def scaling(self) -> Scaling:
        """That of the features which every head may know."""
        return Scaling.of(self.features[~self.is_held_out])

    def directions(self) -> Directions:
        """All that enters the head, standardised, in the directions of its covariance: no label does."""
        features = self.scaling(self.features)
        if self.counts is None:
            return Directions.of(features)
        products = features @ features.T
        asked = self.counts if self.asked_counts is None else self.asked_counts
        own, other = (self.counts_scale * (one @ self.counts.T).toarray() for one in (self.counts, asked))
        return Directions.of_products(products + own, products + other)

    @functools.cached_property
    def counts_scale(self) -> np.float32:
        """The factor of the products of counts: features have the length of their standardised numbers."""
        length = np.square(self.scaling(self.features)).sum(axis=1).mean()
        return np.float32(self.counts_share * length)

    def layer(self, directions: Directions, kernel: np.ndarray, bias: np.ndarray) -> Layer:
        """A head on `directions` as one on plain features."""
        own = directions.basis.T @ kernel
        return self.scaling.fold(own if self.counts is None else self.scaling(self.features).T @ own, bias)

    def counts_kernel(self, directions: Directions, kernel: np.ndarray) -> np.ndarray | None:
        """The weights of the same head on the counts, (terms, classes)."""
        if self.counts is None:
            return None
        return np.asarray(self.counts_scale * (self.counts.T @ (directions.basis.T @ kernel)), np.float32)


@dataclass(frozen=True)
class Pass:
    """Scores after one pass of the head that has not seen the validation examples; `right` are its right
    answers to these, in their order, (validation examples,).
    """

    loss: float
    accuracy: float
    validation_loss: float
    right: np.ndarray

    @property
    def validation_accuracy(self) -> float:
        return float(self.right.mean())


@dataclass(frozen=True)
class SolvedHead:
    """The outcome.

    Attributes:
        layer: of the model, on plain features; it has learned from all examples.
        layer_before: the same without the validation examples.
        validation_logits: of `layer_before` for the validation examples, in their order.
        logits: out of fold, (n, classes); None where nothing could be left out.
        counts_kernel: of the model, on the counts that entered beside the features, (terms, classes); None:
            there were none.
    """

    layer: Layer
    layer_before: Layer
    penalty: float
    best: int  # passes
    history: tuple[Pass, ...]
    validation_logits: np.ndarray
    logits: np.ndarray | None
    counts_kernel: np.ndarray | None = None


@dataclass(frozen=True)
class _Best:
    """The pass that was best so far."""

    number: int
    loss: float
    heads: Regressions
    answers: np.ndarray
    validation_logits: np.ndarray


def solve(examples: Examples, count: int, check_stop: Callable[[], object]) -> SolvedHead:
    """Choose and solve the head, in at most `count` passes.

    Args:
        check_stop: called before each pass. It may raise to leave.
    """
    with threadpool_limits(1):  # products this small take more of two cores, and no less time
        directions = examples.directions()
        number = _choose_penalty(examples, directions, count, check_stop)
        return _solve(examples, directions, float(PENALTIES[number]), count, check_stop)


def refit(
    features: np.ndarray,
    labels: np.ndarray,
    classes: int,
    penalty: float,
    count: int,
    check_stop: Callable[[], object] = lambda: None,
) -> Layer:
    """A head of these examples alone, on plain features, with a penalty and passes that were chosen before.

    Args:
        features: (n, width); their scaling and directions come from no other examples either. In those of a
            larger set the steps would be too short for a few of it: with one example of each class the
            answers to signdigits10 were 24 % right instead of 44 %.
        labels: class numbers, (n,).
        check_stop: called before each pass. It may raise to leave.
    """
    scaling = Scaling.of(features)
    directions = Directions.of(scaling(features))
    targets, weights = np.eye(classes, dtype=np.float32)[labels], np.ones((len(labels), 1), np.float32)
    all_passes = passes(directions.features, targets, weights, np.array([penalty], np.float32), count)
    *_, last = (heads for heads in all_passes if not check_stop())
    kernel, bias = last.head(0)
    return scaling.fold(directions.basis.T @ kernel, bias)


def _targets(examples: Examples) -> np.ndarray:
    return np.eye(examples.classes, dtype=np.float32)[examples.labels]


def _fold_weights(examples: Examples, folds: np.ndarray) -> np.ndarray:
    """Weights for heads that leave out one of `folds` each, (n, folds)."""
    return examples.weights[:, None] * (examples.folds[:, None] != folds)


def _choose_penalty(
    examples: Examples, directions: Directions, count: int, check_stop: Callable[[], object]
) -> int:
    """The number of the strongest penalty that is within one standard error of the best."""
    folds = np.unique(examples.folds)
    if len(folds) < 2:
        return USUAL
    features = directions.features
    work = 4 * features.size * len(PENALTIES) * examples.classes
    folds = folds[: max(1, int(MOST_WORK / max(work, 1)))]
    weights = np.repeat(_fold_weights(examples, folds), len(PENALTIES), axis=1)
    all_passes = passes(features, _targets(examples), weights, np.tile(PENALTIES, len(folds)), count)
    *_, last = (heads for heads in all_passes if not check_stop())
    logits = last(directions.asked).reshape(len(features), len(folds), len(PENALTIES), -1)
    asked = np.isin(examples.folds, folds)
    own = logits[asked, np.searchsorted(folds, examples.folds[asked])]
    return simplest(losses(own, examples.labels[asked]))


def simplest(found: np.ndarray) -> int:
    """The last of several candidates that is within one standard error of the best of them.

    Args:
        found: losses (n, candidates) of the same examples, the simplest candidate last.
    """
    worse = found - found[:, [found.mean(axis=0).argmin()]]
    error = worse.std(axis=0) / np.sqrt(len(found))
    return int(np.flatnonzero(worse.mean(axis=0) <= error)[-1])


def _solve(
    examples: Examples,
    directions: Directions,
    penalty: float,
    count: int,
    check_stop: Callable[[], object],
) -> SolvedHead:
    """All heads with the chosen penalty: those without a fold, then without validation, then the model's."""
    folds, labels, held_out = np.unique(examples.folds), examples.labels, examples.is_held_out
    own = np.searchsorted(folds, examples.folds)
    weights = np.column_stack(
        [_fold_weights(examples, folds), examples.weights * ~held_out, examples.weights]
    )
    if len(folds) < 2:
        weights[:, 0] = examples.weights * ~held_out  # nothing is left out: the same twice
    history: list[Pass] = []
    best: _Best | None = None
    learned = np.full(weights.shape[1], penalty, np.float32)
    for heads in passes(directions.features, _targets(examples), weights, learned, count):
        check_stop()
        kernel, bias = heads.head(-2)
        without_validation = directions.features @ kernel + bias
        answers = heads.own(directions.asked, own)
        history.append(_pass(without_validation, labels, held_out))
        loss = history[-1].validation_loss if len(folds) < 2 else float(losses(answers, labels).mean())
        if best is None or loss < best.loss:
            best = _Best(len(history), loss, heads, answers, without_validation[held_out])
    assert best is not None  # there is one pass at least
    last, before = (best.heads.head(number) for number in (-1, -2))
    return SolvedHead(
        layer=examples.layer(directions, *last),
        layer_before=examples.layer(directions, *before),
        penalty=penalty,
        best=best.number,
        history=tuple(history),
        validation_logits=best.validation_logits,
        logits=best.answers if len(folds) > 1 else None,
        counts_kernel=examples.counts_kernel(directions, last[0]),
    )


def _pass(logits: np.ndarray, labels: np.ndarray, held_out: np.ndarray) -> Pass:
    found, right = losses(logits, labels), logits.argmax(axis=-1) == labels
    return Pass(
        loss=float(found[~held_out].mean()),
        accuracy=float(right[~held_out].mean()),
        validation_loss=float(found[held_out].mean()),
        right=right[held_out],
    )
