"""Two runs with the same settings on two versions of the data: what is compared, and what is left out."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tlcore.config import RunConfig
from tlcore.config.split import SplitConfig
from tlcore.evaluate import report
from tlcore.evaluate.report import Score
from tlcore.evaluate.statistics.metrics import paired_difference_interval
from tlcore.runs.experiments.retrain import compare_retrain, is_retrain, partners

LABELS = ("cat", "dog")


def score(asked: dict[str, tuple[int, int]]) -> Score:
    """Answers by name: the label and what was said, as class numbers."""
    true, said = (np.array([pair[at] for pair in asked.values()], dtype=int) for at in (0, 1))
    chances = np.full((len(asked), 2), 0.2)
    chances[np.arange(len(asked)), said] = 0.8
    return report.score("test", LABELS, true, chances, [(f"sha of {name}", name) for name in asked])


def test_only_what_both_were_asked_with_the_same_label_counts() -> None:
    before = score({"a": (0, 1), "b": (0, 1), "c": (1, 1), "d": (0, 1), "gone": (0, 0)})
    after = score({"a": (0, 0), "b": (0, 0), "c": (1, 0), "d": (1, 1), "new": (0, 0), "newer": (1, 1)})
    found = compare_retrain(before, after)
    assert (found.comparison.n, found.relabelled, found.only_before, found.only_after) == (3, 1, 1, 2)
    assert (found.before, found.after) == (pytest.approx(1 / 3), pytest.approx(2 / 3))
    assert (found.comparison.only_first, found.comparison.only_second) == (2, 1)
    assert found.comparison.gain == pytest.approx(1 / 3)
    assert found.comparison.interval == paired_difference_interval(2, 1, 3)


def test_nothing_in_common_is_no_number() -> None:
    found = compare_retrain(score({"a": (0, 0)}), score({"b": (0, 0)}))
    assert (found.comparison.n, found.before, found.after, found.comparison.gain) == (0, 0.0, 0.0, 0.0)


pairs = some.tuples(some.integers(0, 1), some.integers(0, 1))
asked = some.dictionaries(some.sampled_from("abcdefghij"), pairs, min_size=1)


@settings(max_examples=40)  # each is scored four times
@given(asked, asked)
def test_every_test_example_is_counted_once(first: dict[str, tuple[int, int]], second: dict) -> None:
    found = compare_retrain(score(first), score(second))
    assert found.comparison.n + found.relabelled + found.only_before == len(first)
    assert found.comparison.n + found.relabelled + found.only_after == len(second)
    assert found.after - found.before == pytest.approx(found.comparison.gain)
    turned = compare_retrain(score(second), score(first))
    assert (turned.before, turned.after) == (found.after, found.before)


def test_the_same_settings_on_another_version_and_nothing_else() -> None:
    one = RunConfig(data="here", data_version=1)

    def other(**changes: object) -> RunConfig:
        return msgspec.structs.replace(one, **changes)

    assert is_retrain(one, other(data_version=3))
    assert is_retrain(one, other(data_version=3, engine="litert", cache=False))  # what computes the same
    for difference in ({"seed": 1}, {"data": "there"}, {"unfreeze": 2}, {"split": SplitConfig(seed=1)}):
        assert not is_retrain(one, other(data_version=3, **difference))
    assert not is_retrain(one, one)


def test_a_run_is_compared_with_the_nearest_before_it_and_the_newest_after_it() -> None:
    def version(number: int, **changes: object) -> RunConfig:
        return RunConfig(data_version=number, **changes)  # type: ignore[arg-type]

    others = [version(5), version(9, seed=1), version(7), version(7), version(1), version(2)]
    assert partners(version(3), others) == (5, 2)
    assert partners(version(1), others) == (None, 2)
    assert partners(version(9), others) == (2, None)
    assert partners(version(4), []) == (None, None)
