"""Out-of-fold answers: each example answered by a head that has not seen it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tlcore.evaluate import report


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

    def cross_validation(self, labels: np.ndarray) -> report.CrossValidation:
        """The accuracy on each fold; `labels` (n,) are the class numbers."""
        right = self.logits.argmax(-1) == labels
        shares = [float(right[self.folds == fold].mean()) for fold in np.unique(self.folds)]
        return report.cross_validation(shares, len(self.rows))
