"""Logistic regression on frozen features, cross-validated: a head that takes milliseconds instead of seconds.

All arrays are NumPy. scikit-learn is loaded inside the functions: it is heavy.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0)  # values of C, the weaker the penalty the larger
USUAL = 2  # number of the one that is used where there are too few folds to choose
STEPS, TOLERANCE = 200, 1e-3  # of the solver: more digits change no answer
ABSENT = -16.0  # logit of a class that there was nothing to learn from
OnFit = Callable[[], object]
Head = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class CrossValidated:
    """Answers of heads without the fold of each example.

    Attributes:
        logits: (n, classes), logarithms of probabilities.
        strengths: number in `STRENGTHS` of the one that each fold's head was fitted with, (folds,).
    """

    logits: np.ndarray
    strengths: np.ndarray


def standardise(features: np.ndarray) -> np.ndarray:
    """Features (n, width) with mean 0 and variance 1 in each column; columns that never change stay 0.

    With fewer examples than columns they are turned into as many directions as there are examples, which
    leaves all products between them, and so every head, as they are.

    Mean and variance are those of all rows, the ones that a head has not seen included. No label enters them;
    doing it anew without each fold would cost as many eigendecompositions as there are fits.
    """
    centred = features.astype(np.float64) - features.mean(axis=0, dtype=np.float64)
    deviation = centred.std(axis=0)
    scaled = centred / np.where(deviation > 1e-9, deviation, np.inf)
    if len(scaled) >= scaled.shape[1]:
        return scaled
    values, vectors = np.linalg.eigh(scaled @ scaled.T)
    return vectors * np.sqrt(np.clip(values, 0.0, None))


def cross_validate(
    features: np.ndarray, labels: np.ndarray, folds: np.ndarray, classes: int, on_fit: OnFit
) -> CrossValidated:
    """Let each fold be answered by a head that has not seen it.

    The penalty of that head is chosen without the fold, too: by heads that lack another fold besides, on
    that one. A head without two folds serves both of them.

    Args:
        features: (n, width), standardised.
        labels: class numbers, (n,).
        folds: a number for each, (n,), at least two of them.
        on_fit: called before each fit. It may raise to leave.
    """
    count = int(folds.max()) + 1
    losses = np.zeros((count, len(STRENGTHS)))
    for pair in itertools.combinations(range(count), 2) if count > 2 else ():
        learned = ~np.isin(folds, pair)
        for number, model in enumerate(_path(features[learned], labels[learned], classes, on_fit)):
            for own, other in (pair, pair[::-1]):
                asked = folds == other
                losses[own, number] += _loss(model(features[asked]), labels[asked])
    strengths = losses.argmin(axis=1) if count > 2 else np.full(count, USUAL)
    logits = np.zeros((len(labels), classes))
    for fold in range(count):
        asked = folds == fold
        on_fit()
        model = fit(features[~asked], labels[~asked], classes, STRENGTHS[strengths[fold]])
        logits[asked] = model(features[asked])
    return CrossValidated(logits, strengths)


def fit(features: np.ndarray, labels: np.ndarray, classes: int, strength: float) -> Head:
    """A head: features (m, width) → logarithms of probabilities (m, classes)."""
    present = np.unique(labels)
    if len(present) < 2:
        constant = np.where(np.isin(np.arange(classes), present), 0.0, ABSENT)
        return lambda asked: np.tile(constant, (len(asked), 1))
    return _head(_regression(strength), features, labels, classes)


def _regression(strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, tol=TOLERANCE, max_iter=STEPS, warm_start=True)


def _head(model: Any, features: np.ndarray, labels: np.ndarray, classes: int) -> Head:
    """A copy of the regression `model` once it is fitted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # enough steps or not: the answers are what counts
        model.fit(features, labels)
    weights, bias, present = model.coef_.copy(), model.intercept_.copy(), model.classes_
    if len(present) == 2:
        weights, bias = np.concatenate([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2

    def answer(asked: np.ndarray) -> np.ndarray:
        logits = asked @ weights.T + bias
        logits -= logits.max(axis=1, keepdims=True)
        logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
        found = np.full((len(asked), classes), ABSENT)
        found[:, present] = np.maximum(logits, ABSENT)
        return found

    return answer


def _path(features: np.ndarray, labels: np.ndarray, classes: int, on_fit: OnFit) -> list[Head]:
    """A head for each of `STRENGTHS`, each fitted from where the one before it ended."""
    if len(np.unique(labels)) < 2:
        return [fit(features, labels, classes, strength) for strength in STRENGTHS]
    model, heads = _regression(STRENGTHS[0]), []
    for strength in STRENGTHS:
        on_fit()
        model.set_params(C=strength)
        heads.append(_head(model, features, labels, classes))
    return heads


def _loss(logits: np.ndarray, labels: np.ndarray) -> float:
    """Sum of the negative log-likelihood."""
    return float(-logits[np.arange(len(labels)), labels].sum())
