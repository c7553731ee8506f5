"""Numbers as the coach says them."""

from __future__ import annotations

from tlcore.coach.case import Case

ENORMOUS = 1e6


def loss(value: float) -> str:
    """A loss in nats: "0.31", "0.004", "3,570"."""
    if value >= ENORMOUS:
        return "more than a million"
    if value >= 100:
        return f"{value:,.0f}"
    if value < 0.001:
        return "less than 0.001"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def rate(value: float) -> str:
    """A learning rate: "0.001", "1,000", "3e-05"."""
    return f"{value:,g}"


def percent(share: float) -> str:
    """A share between 0 and 1: "93 %"."""
    return f"{100 * share:.0f} %"


def begin_lower(sentence: str) -> str:
    """A sentence as the second half of another one."""
    return sentence[:1].lower() + sentence[1:]


def reached(case: Case) -> str:
    """The result on validation: "got 34 of 40 … right", or "reached 0.823 mAP on 17 validation pictures"."""
    if case.words.counts_right:
        return f"got {validation_result(case)} right"
    many = case.words.one if case.validation_n == 1 else case.words.many
    return f"reached {case.words.scored(case.accuracy)} on {case.validation_n:,} validation {many}"


def validation_result(case: Case) -> str:
    """The right answers on validation: "34 of 40 validation pictures (95 % interval 71–93 %)"."""
    low, high = (round(100 * end) for end in case.interval)
    many = f"validation {case.words.one if case.validation_n == 1 else case.words.many}"
    return f"{case.right:,} of {case.validation_n:,} {many} (95 % interval {low}–{high} %)"
