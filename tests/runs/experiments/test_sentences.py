"""Verdicts on scores that count no right answers: the scores and what their intervals say."""

from __future__ import annotations

import pytest

from tests.fixtures.experiments import LITE, arms, concluded, data

KNOWN = {"nothing": (0.80, (0.70, 0.86)), "last": (0.85, (0.75, 0.90)), "half": (0.95, (0.90, 0.99))}


@pytest.mark.parametrize(
    ("best", "said"),
    [
        ("last", "Their 95 % intervals overlap, so the difference could still be chance."),
        ("half", "Their 95 % intervals do not overlap, so the difference is hardly chance."),
    ],
)
def test_detectors_are_compared_by_their_scores_and_intervals(best: str, said: str) -> None:
    made = arms("unfreeze", data(9, 9), LITE, task="detection")
    scores = {"nothing": 0.8, best: 0.9}
    found = concluded("unfreeze", scores, {(best, "nothing"): (0, 0)}, made, n=0, scores=KNOWN)
    amount = {"last": "the last block", "half": "half of the blocks"}[best]
    value, (low, high) = KNOWN[best]
    assert found.verdict == (
        f"Unfreezing {amount}: {value:.3f} mAP at IoU 0.5 ({low:.3f} to {high:.3f}) against 0.800 (0.700 to "
        f"0.860). {said}"
    )


def test_validation_is_named_by_the_score_of_the_task() -> None:
    made = arms("unfreeze", data(9, 9), LITE, task="segmentation")
    scores = {"nothing": 0.9, "last": 0.8, "half": 0.7}
    found = concluded("unfreeze", scores, {("last", "nothing"): (0, 0)}, made, n=0, scores=KNOWN)
    assert found.verdict.startswith(
        "By validation mean IoU it is best to unfreeze nothing. Unfreezing the last block, the next best: "
    )
