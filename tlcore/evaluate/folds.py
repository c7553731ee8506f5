"""Folds for cross-validation: every class in each of them, look-alikes together. NumPy only."""

from __future__ import annotations

import numpy as np

FOLDS = 5


def stratified_folds(labels: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    """A fold number for each example, (n,), every class spread evenly over the folds; none is empty.

    Groups stay together: a look-alike in another fold would give the answer away. With fewer than five groups
    there are as many folds as groups.
    """
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    folds = np.zeros(len(first), dtype=int)
    count = 0
    for label in np.unique(labels[first]):
        members = np.flatnonzero(labels[first] == label)
        members = np.random.default_rng([seed, int(label)]).permutation(members)
        folds[members] = (np.arange(len(members)) + count) % min(FOLDS, len(first))
        count += len(members)
    return folds[group]
