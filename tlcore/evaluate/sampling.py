"""A sample of the examples in which small classes stay whole. NumPy only."""

from __future__ import annotations

import numpy as np


def sample_evenly(labels: np.ndarray, most: int, seed: int) -> np.ndarray:
    """Positions of at most `most` examples, ascending, (m,), from class numbers (n,).

    As many of each class as possible: small classes stay whole, large ones give way. The seed draws them.
    """
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    turn = np.zeros(len(labels), np.int64)  # the how-manieth of its class each one is
    for label in np.unique(labels):
        members = shuffled[labels[shuffled] == label]
        turn[members] = np.arange(len(members))
    order = shuffled[np.argsort(turn[shuffled], kind="stable")]
    return np.sort(order[:most])
