"""Answers that name a class. Where two are nearly as likely, either may come first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tlcore.data.manifest import Example
from tlcore.export.proof.answers import CLOSE, Agreement, largest_difference
from tlcore.runs.run import Run

MOST = 1000


def agreement(run: Run, examples: Sequence[Example], answers: np.ndarray, before: np.ndarray) -> Agreement:
    labels = run.labels()
    true = np.array([labels.index(example.label) for example in examples], int)
    chosen, chosen_before = answers.argmax(1), before.argmax(1)
    best = np.sort(before, axis=1)
    is_close = best[:, -1] - best[:, -2] <= CLOSE if len(labels) > 1 else np.zeros(len(true), bool)
    return Agreement(
        n=len(true),
        same=int(((chosen == chosen_before) | is_close).sum()),
        largest=largest_difference(answers, before),
        score=float((chosen == true).mean()) if len(true) else 0.0,
        score_before=float((chosen_before == true).mean()) if len(true) else 0.0,
    )
