"""Answers of heads that have not seen the example: what calibration, suspected labels and folds rest on.

Called by `pipeline.py` once a run has trained. The examples that the run has seen are dealt into five folds,
and five copies of the head learn at once behind the frozen backbone, each without one fold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class OutOfFold:
    """Each training and validation example, answered by the head that was trained without its fold.

    Attributes:
        rows: (n,) row numbers in `manifest.examples`, ascending.
        logits: (n, classes) float32.
        folds: (n,) the fold of each.
    """

    rows: np.ndarray
    logits: np.ndarray
    folds: np.ndarray
