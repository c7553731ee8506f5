"""Fewer of many examples, drawn so that every class keeps its share of attention. NumPy only."""

from __future__ import annotations

import numpy as np


def sample_evenly(labels: np.ndarray, most: int, seed: int) -> np.ndarray:
    """Places of at most `most` of the examples with these class numbers (n,), ascending, (m,).

    As many of each class as there can be: small classes stay whole, large ones give way. Which ones is drawn
    by the seed.
    """
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    turn = np.zeros(len(labels), np.int64)  # the how-manieth of its class each one is
    for label in np.unique(labels):
        members = shuffled[labels[shuffled] == label]
        turn[members] = np.arange(len(members))
    order = shuffled[np.argsort(turn[shuffled], kind="stable")]
    return np.sort(order[:most])
