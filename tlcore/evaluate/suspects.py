"""Which labels are probably wrong: confident learning on answers of models that had not seen the example.

Northcutt, Jiang and Chuang (2021, arXiv:1911.00068), as cleanlab does it. `graft/study.py` asks it once a
run is finished; cleanlab is loaded inside the function, since it is heavy.
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np

MOST = 500  # nobody looks at more


class Doubt(NamedTuple):
    """One example's label is probably wrong.

    `quality`: 0 to 1, the lower the more suspicious: the chance its own class gets. `suggested`: the class
    number that gets most.
    """

    row: int
    suggested: int
    quality: float


def doubts(labels: np.ndarray, logits: np.ndarray) -> list[Doubt]:
    """The examples whose labels are probably wrong, the most suspicious first, at most `MOST`.

    An example is one of them when another class gets more than its own, and when confident learning counts
    it among those that are of that other class: classes that a model is unsure of have to be surer of it.

    Args:
        labels: class numbers, (n,).
        logits: out-of-fold answers, (n, classes): of models that had not learned from the example.
    """
    if len(np.unique(labels)) < 2 or not np.isfinite(logits).all():
        return []
    from cleanlab.filter import find_label_issues  # seconds
    from cleanlab.rank import get_label_quality_scores

    probabilities = _softmax(logits)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # classes of a few examples: nobody is there to read it
        # One process: this one holds TensorFlow, and must not be forked.
        found = find_label_issues(labels, probabilities, filter_by=FILTER, n_jobs=1)
    quality = get_label_quality_scores(labels, probabilities, method="self_confidence")
    order = [row for row in np.argsort(quality, kind="stable").tolist() if found[row]]
    likeliest = probabilities.argmax(axis=1)
    return [Doubt(row, int(likeliest[row]), float(quality[row])) for row in order[:MOST]]


FILTER = "prune_by_noise_rate"


def _softmax(logits: np.ndarray) -> np.ndarray:
    """(n, classes) in double precision."""
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
