"""What an answer comes to: its class, "not sure", or "nothing I was trained on"; pages and tables agree."""

from __future__ import annotations

from typing import Literal

Verdict = Literal["answered", "not sure", "unknown", "not read"]


def verdict(confidence: float, unknown: bool, threshold: float) -> Verdict:
    """What to make of an answer.

    Args:
        confidence: the chance of the likeliest class, 0 to 1.
        unknown: whether the example is farther from all in training than nearly all that was held back.
        threshold: the confidence below which this run says "not sure"; 0: it always answers.
    """
    if unknown:
        return "unknown"
    return "answered" if confidence >= threshold else "not sure"
