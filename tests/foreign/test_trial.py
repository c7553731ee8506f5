"""The pixel range that a trial recommends."""

from __future__ import annotations

import msgspec

from tlcore.foreign.facts import ModelAnswers
from tlcore.foreign.trial import ModelTrial, RangeScore

TRIAL = ModelTrial(
    answers=ModelAnswers(labels=("a", "b")),
    n=100,
    scores=(
        RangeScore(pixels="bytes", right=41, confidence=0.9),
        RangeScore(pixels="unit", right=93, confidence=0.8),
    ),
    pictures=(),
)


def test_the_range_with_the_most_right_answers_is_recommended() -> None:
    assert TRIAL.best == "unit"


def test_none_is_where_two_are_alike_or_nobody_knows_the_classes() -> None:
    close = (*TRIAL.scores, RangeScore(pixels="signed", right=92, confidence=0.9))
    assert msgspec.structs.replace(TRIAL, scores=close).best is None
    assert msgspec.structs.replace(TRIAL, n=0).best is None
    assert msgspec.structs.replace(TRIAL, scores=TRIAL.scores[:1]).best == "bytes"
