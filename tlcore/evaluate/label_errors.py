"""Which labels are probably wrong: confident learning on answers of models that had not seen the example.

Northcutt, Jiang and Chuang (2021, arXiv:1911.00068), as cleanlab does it. `graft/finish/analysis.py` asks it
once a run is finished; cleanlab is loaded inside the function, since it is heavy.
"""

from __future__ import annotations

import math
import warnings
from typing import NamedTuple

import numpy as np

from tlcore.evaluate import calibration

MOST = 500  # nobody looks at more
LISTED_SHARE = 0.1  # of all examples: so many are listed at least, where a model contradicts so many labels


class SuspectRow(NamedTuple):
    """One example's label is probably wrong.

    `quality`: 0 to 1, the lower the more suspicious: the chance its own class gets. `suggested`: the class
    number that gets most.
    """

    row: int
    suggested: int
    quality: float


class LabelErrors(NamedTuple):
    """What there is to look at, the most suspicious first, and how many labels are likely wrong."""

    listed: list[SuspectRow]
    likely: int


def find_label_errors(labels: np.ndarray, logits: np.ndarray) -> LabelErrors:
    """The examples whose labels are the most suspicious, the most suspicious first, at most `MOST`.

    Each of them gets less for its own class than for another. `likely` is what confident learning counts
    that are of another class. Listed are as many, or a tenth of all where that is more: where 5 % of labels
    had been swapped, its count alone missed up to a third of them, and the tenth held 92 to 100 % (four sets
    of pictures and texts, two seeds each). Ordered by the chance of the own class; by
    margins, or adjusted for how sure a model is of each class, the swapped ones came later.

    Args:
        labels: class numbers, (n,).
        logits: out-of-fold answers, (n, classes): of models that had not learned from the example.

    Raises:
        ValueError: they are not finite.
    """
    if not np.isfinite(logits).all():
        raise ValueError("answers that are not finite say nothing of a label")
    if len(np.unique(labels)) < 2:
        return LabelErrors([], 0)
    from cleanlab.filter import find_label_issues  # seconds
    from cleanlab.rank import get_label_quality_scores

    probabilities = calibration.probabilities(logits)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # classes of a few examples: nobody is there to read it
        # One process: this one holds TensorFlow, and must not be forked.
        counted = int(find_label_issues(labels, probabilities, n_jobs=1).sum())
    quality = get_label_quality_scores(labels, probabilities)
    likeliest = probabilities.argmax(axis=1)
    beaten = probabilities.max(axis=1) > probabilities[np.arange(len(labels)), labels]
    order = [row for row in np.argsort(quality, kind="stable").tolist() if beaten[row]]
    most = min(MOST, max(counted, math.ceil(LISTED_SHARE * len(labels))))
    listed = [SuspectRow(row, int(likeliest[row]), float(quality[row])) for row in order[:most]]
    return LabelErrors(listed, counted)
