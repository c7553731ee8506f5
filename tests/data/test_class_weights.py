from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.data.class_weights import MOST, UNEVEN, class_weights


def test_even_classes_have_no_weights() -> None:
    assert class_weights((40, 41, 50)) is None
    assert class_weights((40,)) is None
    assert class_weights(()) is None


def test_a_class_with_a_quarter_of_the_examples_counts_twice_as_much_each() -> None:
    weights = class_weights((100, 25))
    assert weights is not None
    assert weights[1] / weights[0] == pytest.approx(2)


@given(st.lists(st.integers(0, 100_000), min_size=2, max_size=20))
def test_rarer_is_never_lighter_and_the_mean_over_examples_is_one(counts: list[int]) -> None:
    weights = class_weights(counts)
    there = [count for count in counts if count]
    if weights is None:
        assert len(there) < 2 or max(there) < UNEVEN * min(there)
        return
    assert sum(w * n for w, n in zip(weights, counts, strict=True)) == pytest.approx(sum(counts))
    used = sorted((n, w) for n, w in zip(counts, weights, strict=True) if n)
    assert all(later[1] <= earlier[1] for earlier, later in itertools.pairwise(used))
    assert max(w for _, w in used) <= MOST * min(w for _, w in used) * 1.0001
