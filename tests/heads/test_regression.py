"""Regressions solved many at a time, against scikit-learn's one by one."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from tlcore.heads.regression import Directions, Regressions, losses, passes
from tlcore.heads.scaling import Scaling

CLASSES = 3


def examples(n: int, width: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = np.arange(n) % CLASSES
    centres = random.normal(size=(CLASSES, width))
    return (centres[labels] + 2 * random.normal(size=(n, width))).astype(np.float32), labels


def solve(
    features: np.ndarray, labels: np.ndarray, weights: np.ndarray, penalties: list[float]
) -> Regressions:
    targets = np.eye(CLASSES, dtype=np.float32)[labels]
    *_, last = passes(features, targets, weights, np.array(penalties), 150)
    return last


@pytest.mark.parametrize(("n", "width"), [(40, 60), (90, 12)])
def test_directions_keep_all_products_and_lead_back(n: int, width: int) -> None:
    features, _ = examples(n, width)
    directions = Directions.of(features)
    assert directions.features.shape[1] <= min(n, width)
    np.testing.assert_allclose(directions.features @ directions.features.T, features @ features.T, atol=2e-2)
    np.testing.assert_allclose(directions.features @ directions.basis, features, atol=2e-3)


def test_each_head_is_the_regression_of_its_own_examples() -> None:
    features, labels = examples(60, 20)
    seen = np.stack([np.ones(60), np.arange(60) % 5 != 0], axis=1)
    directions = Directions.of(features)
    found = solve(directions.features, labels, seen, [0.1, 0.3])(directions.features)
    for head, penalty in enumerate((0.1, 0.3)):
        own = seen[:, head] > 0
        model = LogisticRegression(C=1 / (penalty * own.sum()), tol=1e-8, max_iter=2000)
        expected = model.fit(features[own], labels[own]).decision_function(features)
        logits = found[:, head] - found[:, head].mean(axis=1, keepdims=True)
        np.testing.assert_allclose(logits, expected - expected.mean(axis=1, keepdims=True), atol=0.03)


def test_an_example_that_counts_twice_is_like_two() -> None:
    features, labels = examples(30, 8)
    twice = np.concatenate([features, features[:10]]), np.concatenate([labels, labels[:10]])
    weights = np.where(np.arange(30) < 10, 2.0, 1.0)[:, None]
    one = solve(features, labels, weights, [0.1])(features)
    two = solve(*twice, np.ones((40, 1)), [0.1])(features)
    np.testing.assert_allclose(one, two, atol=0.01)


def test_losses_are_negative_log_likelihoods() -> None:
    logits = np.log(np.array([[[0.2, 0.8], [0.5, 0.5]]]))
    np.testing.assert_allclose(losses(logits, np.array([1])), -np.log([[0.8, 0.5]]))


def test_a_layer_is_the_same_on_plain_features() -> None:
    features, _ = examples(25, 6)
    features[:, 2] = 4.0  # says nothing, and must not divide by zero
    scaling, random = Scaling.of(features), np.random.default_rng(1)
    kernel, bias = random.normal(size=(6, CLASSES)), random.normal(size=CLASSES)
    plain_kernel, plain_bias = scaling.fold(kernel, bias)
    np.testing.assert_allclose(
        features @ plain_kernel + plain_bias, scaling(features) @ kernel + bias, atol=1e-4
    )


def test_what_varies_little_is_not_blown_up() -> None:
    features = np.random.default_rng(0).normal(size=(50, 5)) * np.array([0.0, 0.01, 1.0, 2.0, 4.0])
    deviation = Scaling.of(features)(features).std(axis=0)
    assert deviation[0] == 0 and deviation[1] < 0.02
    np.testing.assert_allclose(deviation[2:], 1, atol=1e-3)
    assert np.isfinite(Scaling.of(np.ones((4, 3)))(np.ones((4, 3)))).all()
