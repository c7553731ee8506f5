from __future__ import annotations

import keras
import numpy as np
import pytest

from tests.training import small
from tlcore.graft.cross_validation import cross_validate, stratified_folds
from tlcore.graft.source import Source


@pytest.mark.parametrize("counts", [[2, 2], [2, 2, 2], [10, 13, 5], [100, 3]])
def test_folds_are_even_and_never_empty(counts: list[int]) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    groups = np.arange(len(labels))
    folds = stratified_folds(labels, groups, seed=0)
    sizes = np.bincount(folds)
    assert len(sizes) == min(5, len(labels)) and sizes.min() >= 1
    assert sizes.max() - sizes.min() <= 1
    for label in range(len(counts)):
        within = np.bincount(folds[labels == label], minlength=len(sizes))
        assert within.max() - within.min() <= 1
    assert (folds == stratified_folds(labels, groups, seed=0)).all()


def test_look_alikes_are_left_out_together() -> None:
    labels = np.repeat([0, 1], 30)
    groups = np.concatenate([np.repeat(np.arange(10), 3), np.arange(10, 40)])
    folds = stratified_folds(labels, groups, seed=0)
    assert all(len(set(folds[groups == group])) == 1 for group in range(40))
    assert np.bincount(folds[labels == 0]).tolist() == [6] * 5 == np.bincount(folds[labels == 1]).tolist()


def test_the_trained_head_is_left_alone_and_folds_repeat() -> None:
    features = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
    labels = np.array([0, 0, 1, 1])
    given = keras.Input((6,))
    tail = keras.Model((given,), keras.layers.Dense(2)(given))
    before = tail.get_weights()
    source = Source(lambda rows: (features[rows],), np.arange(4), labels, 8)
    config = small(learning_rate=0.01)
    told: list[tuple[int, int]] = []

    def on_fold(done: int, total: int) -> None:
        told.append((done, total))

    first = cross_validate(source, np.arange(4), tail, config, on_fold, lambda: False)
    assert told == [(0, 4), (1, 4), (2, 4), (3, 4)]
    assert first == cross_validate(source, np.arange(4), tail, config, on_fold, lambda: False)
    assert len(first.folds) == 4 and first.n == 4 and np.isfinite(first.deviation)
    for a, b in zip(before, tail.get_weights(), strict=True):
        assert (a == b).all()
