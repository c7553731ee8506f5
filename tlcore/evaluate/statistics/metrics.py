"""Classification metrics from labels and predictions: scikit-learn's, and intervals of shares.

All arrays are NumPy; classes are integers 0…k−1. Undefined ratios (nothing predicted, nothing there) are 0.
scikit-learn is loaded inside the functions: it is heavy.
"""

from __future__ import annotations

import math

import numpy as np

Z95 = 1.959963984540054  # 97.5 % quantile of the normal distribution


def confusion_matrix(true: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Counts (classes, classes): row = true class, column = predicted class."""
    from sklearn import metrics

    if not len(true):
        return np.zeros((classes, classes), dtype=np.int64)
    return metrics.confusion_matrix(true, predicted, labels=np.arange(classes))


def precision_recall_f1(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per class, from a confusion matrix: precision, recall and their harmonic mean, each (classes,)."""
    from sklearn.metrics import precision_recall_fscore_support

    if not matrix.any():
        return np.zeros(len(matrix)), np.zeros(len(matrix)), np.zeros(len(matrix))
    labels = np.arange(len(matrix))
    return precision_recall_fscore_support(*_answers(matrix), labels=labels, zero_division=0.0)[:3]


def macro(matrix: np.ndarray) -> tuple[float, float, float]:
    """Means of precision, recall and F1 over the classes that occur, each counting the same.

    All 0 when none occurs.
    """
    occurs = (matrix.sum(axis=0) + matrix.sum(axis=1)) > 0
    if not occurs.any():
        return 0.0, 0.0, 0.0
    precision, recall, f1 = (float(values[occurs].mean()) for values in precision_recall_f1(matrix))
    return precision, recall, f1


def _answers(matrix: np.ndarray) -> np.ndarray:
    """True and predicted classes (2, n) that a confusion matrix counts."""
    return np.indices(matrix.shape).reshape(2, -1).repeat(matrix.ravel(), axis=1)


def wilson_interval(correct: int, n: int) -> tuple[float, float]:
    """95 % confidence interval of a share, by Wilson (1927): right for few examples and for 0 % and 100 %.

    With no examples nothing is known: (0, 1).
    """
    return share_interval(correct / n, n) if n else (0.0, 1.0)


def share_interval(share: float, n: float) -> tuple[float, float]:
    """The same of a share of `n` > 0 examples, of which there may be fractions: what `n` are worth."""
    centre = (share + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = Z95 / (1 + Z95**2 / n) * math.sqrt(share * (1 - share) / n + Z95**2 / (4 * n**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def paired_difference_interval(only_first: int, only_second: int, n: int) -> tuple[float, float]:
    """95 % confidence interval of how much more often the first of two is right, by Bonett & Price (2012).

    Both answered the same `n` examples; the adjusted Wald interval for paired shares holds for few examples
    too. The difference itself is (only_first − only_second) / n. With no examples nothing is known: (−1, 1).

    Args:
        only_first: examples that only the first got right; `only_second` those that only the second did.
    """
    if n == 0:
        return -1.0, 1.0
    first, second = (only_first + 1) / (n + 2), (only_second + 1) / (n + 2)
    centre = first - second
    half = Z95 * math.sqrt((first + second - centre**2) / (n + 2))
    return max(-1.0, centre - half), min(1.0, centre + half)


def log_loss(true: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean negative log-likelihood in nats; probabilities (n, classes) are clipped at float32's epsilon."""
    chosen = probabilities[np.arange(len(true)), true].astype(float)
    return float(-np.log(np.clip(chosen, np.finfo(np.float32).eps, 1.0)).mean())
