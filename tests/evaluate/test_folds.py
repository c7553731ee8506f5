from __future__ import annotations

import numpy as np
import pytest

from tlcore.evaluate.folds import stratified_folds


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
