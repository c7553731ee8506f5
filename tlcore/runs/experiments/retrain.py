"""Retraining: the same settings once more, on data that a person has changed; the gain from the change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from tlcore.config import RunConfig
from tlcore.evaluate.report import Score
from tlcore.runs.experiments.experiment import Comparison, compare


@dataclass(frozen=True)
class PairedResult:
    """Two runs on the test examples that both were asked, with the same label.

    Attributes:
        comparison: its first is the later run, its second the earlier one.
        before, after: accuracy of the earlier and of the later run on them; 0 where there are none.
        only_before, only_after: test examples that only one of the two was asked.
        relabelled: those that both were asked, under two labels.
    """

    comparison: Comparison
    before: float
    after: float
    only_before: int
    only_after: int
    relabelled: int


def is_retrain(config: RunConfig, other: RunConfig) -> bool:
    """Tell whether the two differ in the version of their data alone, of all that decides the result."""
    return config.data_version != other.data_version and _recipe(config) == _recipe(other)


def _recipe(config: RunConfig) -> RunConfig:
    return msgspec.structs.replace(config, data_version=1, engine="auto", cache=True)


def partners(config: RunConfig, others: Sequence[RunConfig]) -> tuple[int | None, int | None]:
    """Positions in `others` of the runs to compare this one with: the one before it, the one after it.

    Of those that are `is_again`, the one with the newest version of the data below its own, and the one with
    the newest above; of several with the same, the first.
    """
    same = [place for place, other in enumerate(others) if is_retrain(config, other)]
    older = [place for place in same if others[place].data_version < config.data_version]
    newer = [place for place in same if others[place].data_version > config.data_version]

    def newest(places: list[int]) -> int | None:
        return max(places, key=lambda place: others[place].data_version, default=None)

    return newest(older), newest(newer)


def compare_retrain(before: Score, after: Score) -> PairedResult:
    """The gain of the later run over the earlier one, where both can be compared."""
    asked, again = ({answer.key: answer.label for answer in score.predictions} for score in (before, after))
    both = asked.keys() & again.keys()
    same = {key for key in both if asked[key] == again[key]}
    first, second = (_only(score, same) for score in (after, before))
    return PairedResult(
        compare("after", first, "before", second),
        _right(second),
        _right(first),
        len(asked) - len(both),
        len(again) - len(both),
        len(both) - len(same),
    )


def _only(score: Score, keys: set[tuple[str, str]]) -> Score:
    kept = tuple(answer for answer in score.predictions if answer.key in keys)
    return msgspec.structs.replace(score, predictions=kept)


def _right(score: Score) -> float:
    answers = score.predictions
    return sum(answer.label == answer.predicted for answer in answers) / len(answers) if answers else 0.0
