from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tlcore.evaluate.sampling import sample_evenly


@given(st.lists(st.integers(0, 4), max_size=60), st.integers(0, 70), st.integers(0, 3))
def test_every_class_gets_as_many_as_there_can_be(labels: list[int], most: int, seed: int) -> None:
    given_labels = np.array(labels, dtype=np.int64)
    rows = sample_evenly(given_labels, most, seed)
    assert len(rows) == min(len(labels), most)
    assert (np.diff(rows) > 0).all() and set(rows.tolist()) <= set(range(len(labels)))
    kept, whole = (np.bincount(found, minlength=5) for found in (given_labels[rows], given_labels))
    largest = kept.max(initial=0)
    assert all(kept[k] == whole[k] or kept[k] >= largest - 1 for k in range(5))
    assert (rows == sample_evenly(given_labels, most, seed)).all()


def test_which_ones_is_a_matter_of_the_seed() -> None:
    labels = np.repeat([0, 1], [1000, 10])
    first, second = sample_evenly(labels, 100, 0), sample_evenly(labels, 100, 1)
    assert np.bincount(labels[first]).tolist() == [90, 10] == np.bincount(labels[second]).tolist()
    assert set(first[:90].tolist()) != set(second[:90].tolist()), "chance, not the order"
    assert first[:90].mean() > 300
