from __future__ import annotations

import numpy as np
import pytest

from tlcore.evaluate.estimate import regression
from tlcore.evaluate.estimate.regression import ABSENT, STRENGTHS, USUAL


def clouds(n: int = 90, width: int = 12, apart: float = 2.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Features (n, width) around a point for each of three classes, and class numbers (n,)."""
    random = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    return random.normal(size=(n, width)) + apart * np.eye(3, width)[labels], labels


def validated(features: np.ndarray, labels: np.ndarray, folds: int = 5) -> regression.CrossValidated:
    scaled = regression.standardise(features)
    return regression.cross_validate(scaled, labels, np.arange(len(labels)) // 3 % folds, 3, lambda: None)


def test_a_head_is_what_scikit_learn_fits_on_standardised_features() -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    features, labels = clouds(n=30, width=80)
    head = regression.fit(regression.standardise(features), labels, 3, 0.1)
    wanted = LogisticRegression(C=0.1, max_iter=1000).fit(StandardScaler().fit_transform(features), labels)
    probabilities = np.exp(head(regression.standardise(features)))
    assert probabilities == pytest.approx(
        wanted.predict_proba(StandardScaler().fit_transform(features)), abs=0.02
    )


def test_columns_that_never_change_say_nothing() -> None:
    features = np.concatenate([clouds(width=4)[0], np.full((90, 3), 7.0)], axis=1)
    assert np.isfinite(regression.standardise(features)).all()
    assert not regression.standardise(features)[:, 4:].any()


def test_each_is_answered_by_a_head_that_had_not_seen_it() -> None:
    features, labels = clouds()
    found = validated(features, labels)
    assert (found.logits.argmax(axis=1) == labels).mean() > 0.85
    assert np.exp(found.logits).sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    nonsense = np.random.default_rng(1).permutation(labels)
    guessed = validated(np.random.default_rng(2).normal(size=(90, 500)), nonsense)
    assert (guessed.logits.argmax(axis=1) == nonsense).mean() < 0.6, "it had learned them by heart"
    assert set(guessed.strengths) == {0}, "where there is nothing to learn the penalty is strong"


def test_a_class_that_was_not_among_the_examples_is_never_the_answer() -> None:
    features, labels = clouds()
    rows = labels != 1
    logits = regression.fit(features[rows], labels[rows], 3, 0.1)(features)
    assert (logits[:, 1] == ABSENT).all() and set(logits.argmax(axis=1)) == {0, 2}
    alone = regression.fit(features[labels == 2], labels[labels == 2], 3, 0.1)(features)
    assert (alone.argmax(axis=1) == 2).all()


def test_two_folds_leave_none_to_choose_by() -> None:
    assert list(validated(*clouds(), folds=2).strengths) == [USUAL, USUAL]


def test_it_can_be_left_before_each_fit() -> None:
    fits: list[int] = []

    def leave() -> None:
        fits.append(1)
        if len(fits) == 7:
            raise KeyboardInterrupt

    features, labels = clouds()
    with pytest.raises(KeyboardInterrupt):
        regression.cross_validate(features, labels, np.arange(90) % 5, 3, leave)
    assert len(fits) == 7 > len(STRENGTHS)
