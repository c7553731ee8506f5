"""Planted wrong labels are found, by cleanlab's own numbers, and odd data break nothing."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tlcore.evaluate import label_errors
from tlcore.evaluate.label_errors import find_label_errors


def answers(true: np.ndarray, classes: int, sure: float = 6.0, seed: int = 0) -> np.ndarray:
    """Logits of models that mostly know the true class."""
    logits = np.random.default_rng(seed).normal(size=(len(true), classes)).astype(np.float32)
    logits[np.arange(len(true)), true] += sure
    return logits


def test_planted_errors_come_first_with_their_true_class() -> None:
    true = np.repeat(np.arange(5), 60)
    wrong = np.random.default_rng(1).permutation(300)[:15]
    labels = true.copy()
    labels[wrong] = (true[wrong] + 1) % 5
    logits = answers(true, 5)
    found = find_label_errors(labels, logits).rows
    assert {doubt.row for doubt in found[:15]} == set(wrong.tolist())
    assert [doubt.quality for doubt in found] == sorted(doubt.quality for doubt in found)
    chances = scipy.special.softmax(logits.astype(float), axis=1)
    for doubt in found:
        assert doubt.quality == pytest.approx(chances[doubt.row, labels[doubt.row]], abs=1e-12)
        assert doubt.suggested == chances[doubt.row].argmax() != labels[doubt.row]


def test_a_tenth_is_listed_and_that_is_not_how_many_are_wrong() -> None:
    true = np.repeat(np.arange(4), 100)
    labels = np.where(np.arange(400) % 50 == 0, (true + 1) % 4, true)
    found = find_label_errors(labels, answers(true, 4, sure=2.5))
    assert len(found.rows) == 40 and found.likely_errors < 30


def test_the_list_is_no_longer_than_what_is_worth_looking_at() -> None:
    true = np.repeat(np.arange(4), 100)
    labels = np.where(np.arange(400) % 2 == 0, np.random.default_rng(2).integers(0, 4, 400), true)
    unsure = answers(true, 4, sure=1.0)
    few, many = find_label_errors(true, unsure).rows, find_label_errors(labels, answers(true, 4)).rows
    assert len(few) < (unsure.argmax(1) != true).sum(), "the least suspicious are left out"
    assert 110 <= len(many) <= 190, "150 are wrong"


def test_where_all_is_well_nobody_is_suspected() -> None:
    true = np.repeat(np.arange(3), 40)
    assert find_label_errors(true, answers(true, 3, sure=12.0)) == ([], 0)


def test_the_list_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_errors, "MOST", 7)
    true = np.repeat(np.arange(4), 50)
    labels = np.where(np.arange(200) % 5 == 0, (true + 1) % 4, true)
    found = find_label_errors(labels, answers(true, 4))
    assert len(found.rows) == 7 and 35 <= found.likely_errors <= 45, "40 are wrong, whatever is listed"


@pytest.mark.parametrize(
    ("labels", "logits"),
    [
        (np.zeros(9, np.int64), np.zeros((9, 3), np.float32)),  # one class
        (np.zeros(0, np.int64), np.zeros((0, 3), np.float32)),
        (np.arange(4) % 2, np.zeros((4, 2), np.float32)),  # nothing told apart
    ],
)
def test_nothing_to_tell_is_nothing_suspected(labels: np.ndarray, logits: np.ndarray) -> None:
    assert find_label_errors(labels, logits) == ([], 0)


def test_answers_that_are_not_finite_are_no_all_clear() -> None:
    with pytest.raises(ValueError, match="finite"):
        find_label_errors(np.arange(3), np.full((3, 3), np.nan, np.float32))


@settings(max_examples=60)
@given(
    st.integers(2, 6).flatmap(
        lambda classes: st.integers(1, 25).flatmap(
            lambda n: st.tuples(
                arrays.arrays(np.int64, n, elements=st.integers(0, classes - 1)),
                arrays.arrays(np.float32, (n, classes), elements=st.floats(-1e4, 1e4, width=32)),
            )
        )
    )
)
def test_any_answers_can_be_looked_through(pair: tuple[np.ndarray, np.ndarray]) -> None:
    labels, logits = pair
    for doubt in find_label_errors(labels, logits).rows:
        assert 0 <= doubt.quality <= 1 and doubt.suggested != labels[doubt.row]
