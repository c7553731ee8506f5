"""A few validation examples whose answers are recorded epoch by epoch, so that people see them turn right.

Validation, not test: a person may stop a run at any moment, and must not choose that moment by test examples.
The metric row of an epoch holds them as one whole number, a bit for each example.
"""

from __future__ import annotations

import numpy as np

from tlcore.evaluate.sampling import sample_evenly

MOST = 20
NAME = "val_sample"  # in a metric row


def positions(labels: np.ndarray) -> np.ndarray:
    """The places of the sample among the validation examples, ascending, (m,), from class numbers (n,)."""
    return sample_evenly(labels, MOST, seed=0)


def pack(labels: np.ndarray, right: np.ndarray) -> int:
    """The answers to the sample as one number.

    Args:
        labels: class numbers of the validation examples, (n,).
        right: whether each was answered right, (n,).
    """
    return sum(int(right[place]) << bit for bit, place in enumerate(positions(labels)))


def unpack(number: int, count: int) -> list[bool]:
    """Whether each of the `count` examples of the sample was answered right."""
    return [bool(number >> bit & 1) for bit in range(count)]
