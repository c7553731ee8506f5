"""The coach's rules; the order of this table is the order of its suggestions.

A rule sees its sign in a case, or does not. Where it does it says so in words, with the numbers, and has
ideas against it, from the mildest on.
"""

from __future__ import annotations

from collections.abc import Callable

from tlcore.coach.case import Case, Finding
from tlcore.coach.curve_findings import (
    diverged,
    learning_rate_too_high,
    overfitting,
    stopped_too_early,
    underfitting,
)
from tlcore.coach.data_findings import (
    input_too_small,
    random_weights,
    too_few_examples,
    uneven_classes,
    unread_script,
)
from tlcore.coach.fine_tuning_findings import (
    all_frozen,
    fine_tuning_no_better,
    fine_tuning_unmoved,
    frozen_and_weak,
)
from tlcore.coach.place_findings import coarse_areas, few_of_a_class, small_objects

Rule = Callable[[Case], Finding | None]
_OF_ANY_TASK: tuple[Rule, ...] = (
    diverged,
    learning_rate_too_high,
    unread_script,
    random_weights,
    stopped_too_early,
    fine_tuning_no_better,
    overfitting,
)
RULES: tuple[Rule, ...] = (
    *_OF_ANY_TASK,
    uneven_classes,
    frozen_and_weak,
    underfitting,
    input_too_small,
    too_few_examples,
    fine_tuning_unmoved,
    all_frozen,
)
# For a run that was stopped: signs that going on would not mend.
WHEN_STOPPED: tuple[Rule, ...] = (diverged, learning_rate_too_high, overfitting)
# For models that say where things are, whose score is no share of right answers.
PLACES: tuple[Rule, ...] = (
    *_OF_ANY_TASK,
    small_objects,
    few_of_a_class,
    fine_tuning_unmoved,
    coarse_areas,
    all_frozen,
)
# Where the validation examples cannot show that anything got better.
AT_CEILING: tuple[Rule, ...] = (diverged,)


def rules_for(case: Case) -> tuple[Rule, ...]:
    """The rules that can tell something of this case, in order."""
    if case.is_at_ceiling:
        return AT_CEILING
    if not case.evidence.complete:
        return WHEN_STOPPED
    return RULES if case.words.counts_right else PLACES
