"""Labels that are probably wrong, by confident learning on answers of models that had not seen the example.

Northcutt, Jiang and Chuang (2021, arXiv:1911.00068), as cleanlab does it. `graft/finish/analysis.py` calls it
once a run is finished; cleanlab is loaded inside the function, since it is heavy.
"""

from __future__ import annotations

import math
import warnings
from typing import NamedTuple

import numpy as np

from tlcore.evaluate import calibration

MOST = 500  # nobody looks at more
LISTED_SHARE = 0.1  # of all examples; at least so many are listed, where a model contradicts so many labels


class SuspectRow(NamedTuple):
    """An example, by its row, whose label is probably wrong.

    `quality`: the chance of its own class, 0 to 1; low is suspicious. `suggested`: the likeliest class.
    """

    row: int
    suggested: int
    quality: float


class LabelErrors(NamedTuple):
    """The labels to look at, the most suspicious first, and the number that are likely wrong."""

    rows: list[SuspectRow]
    likely_errors: int


def find_label_errors(labels: np.ndarray, logits: np.ndarray) -> LabelErrors:
    """The examples whose labels are the most suspicious, the most suspicious first, at most `MOST`.

    The models give each of them less for its own class than for another. `likely_errors` is the count of
    confident learning. As many are listed, or a tenth of all where that is more: with 5 % of the labels
    swapped, the count alone missed up to a third of them, and the tenth held 92 to 100 % (four sets of
    pictures and texts, two seeds each). They are ordered by the chance of their own class; by margins, or
    adjusted for the confidence in each class, the swapped ones came later.

    Args:
        labels: class numbers, (n,).
        logits: out-of-fold answers, (n, classes), of models that had not learned from the example.

    Raises:
        ValueError: they are not finite.
    """
    if not np.isfinite(logits).all():
        raise ValueError("answers that are not finite")
    if len(np.unique(labels)) < 2:
        return LabelErrors([], 0)
    from cleanlab.filter import find_label_issues  # seconds
    from cleanlab.rank import get_label_quality_scores

    probabilities = calibration.probabilities(logits)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # classes of a few examples: nobody is there to read it
        # One process: this one holds TensorFlow, and must not be forked.
        likely_errors = int(find_label_issues(labels, probabilities, n_jobs=1).sum())
    quality = get_label_quality_scores(labels, probabilities)
    likeliest = probabilities.argmax(axis=1)
    is_beaten = probabilities.max(axis=1) > probabilities[np.arange(len(labels)), labels]
    order = [row for row in np.argsort(quality, kind="stable").tolist() if is_beaten[row]]
    most = min(MOST, max(likely_errors, math.ceil(LISTED_SHARE * len(labels))))
    rows = [SuspectRow(row, int(likeliest[row]), float(quality[row])) for row in order[:most]]
    return LabelErrors(rows, likely_errors)
