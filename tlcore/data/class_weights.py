"""Class weights: an example of a rare class counts more in training."""

from __future__ import annotations

from collections.abc import Sequence

UNEVEN = 1.5  # from this many times as many in the largest class as in the smallest
MOST = 10.0  # times as much as an example of the commonest class, at most


def class_weights(counts: Sequence[int]) -> tuple[float, ...] | None:
    """Weight of a training example of each class; None where the classes are even enough.

    Each class would count the same as a whole with 1 / count. The square root of that is taken, since a few
    examples that count a lot make training jumpy. The mean over all examples is 1.

    Args:
        counts: training examples of each class.
    """
    there = [count for count in counts if count]
    if len(there) < 2 or max(there) < UNEVEN * min(there):
        return None
    raw = [min((max(there) / count) ** 0.5, MOST) if count else 1.0 for count in counts]
    mean = sum(weight * count for weight, count in zip(raw, counts, strict=True)) / sum(there)
    return tuple(weight / mean for weight in raw)
