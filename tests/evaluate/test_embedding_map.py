"""The map keeps neighbours together, is the same each time, and is drawn of anything."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.neighbors import KNeighborsClassifier

from tlcore.evaluate.embedding_map import map_coordinates


def clustered(n: int = 150, width: int = 64) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    labels = np.arange(n) % 3
    centres = random.normal(size=(3, width)) * 3
    return (centres[labels] + random.normal(size=(n, width))).astype(np.float32), labels


def test_what_lies_together_stays_together() -> None:
    features, labels = clustered()
    found = map_coordinates(features, seed=0)
    assert found.shape == (150, 2) and np.abs(found).max() == 1
    assert KNeighborsClassifier(5).fit(found, labels).score(found, labels) > 0.98


def test_the_same_features_and_seed_give_the_same_map() -> None:
    features, _ = clustered()
    assert (map_coordinates(features, 3) == map_coordinates(features, 3)).all()


@pytest.mark.parametrize("n", [1, 2, 3, 9, 10, 11])
def test_a_handful(n: int) -> None:
    found = map_coordinates(clustered(n)[0], seed=0)
    assert found.shape == (n, 2) and np.isfinite(found).all()
    assert n == 1 or len(np.unique(found, axis=0)) == n


def test_three_are_laid_out_as_they_lie() -> None:
    found = map_coordinates(np.array([[0.0, 0, 0], [4, 0, 0], [0, 3, 0]]), seed=0)
    sides = [np.linalg.norm(found[a] - found[b]) for a, b in ((0, 1), (0, 2), (1, 2))]
    assert np.array(sides) / sides[2] == pytest.approx([0.8, 0.6, 1.0], abs=1e-3)


@pytest.mark.parametrize("n", [3, 40])
def test_all_the_same_lie_in_the_middle(n: int) -> None:
    assert not map_coordinates(np.full((n, 8), 0.1, np.float32), seed=0).any()


def test_two_kinds_of_copies_are_two_places() -> None:
    found = map_coordinates(np.repeat(np.eye(2, 5), 30, axis=0), seed=0)
    assert np.isfinite(found).all() and np.linalg.norm(found[0] - found[-1]) > 0.5


@settings(max_examples=40)
@given(
    arrays.arrays(
        np.float32, st.tuples(st.integers(1, 14), st.integers(1, 6)), elements=st.floats(-1e6, 1e6, width=32)
    )
)
def test_anything_has_a_map(features: np.ndarray) -> None:
    found = map_coordinates(features, seed=1)
    assert found.shape == (len(features), 2) and np.isfinite(found).all() and np.abs(found).max() <= 1
