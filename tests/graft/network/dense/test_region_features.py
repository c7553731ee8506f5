"""Features of regions: a region of whole cells is their mean, one of parts of cells counts them in part."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.graft.network.dense.region_features import region_features

SIZE = 64
RANDOM = np.random.default_rng(0)
MAPS = (RANDOM.random((8, 8, 3)).astype(np.float16), RANDOM.random((2, 2, 5)).astype(np.float16))


def directions(features: np.ndarray) -> list[np.ndarray]:
    return [part / np.linalg.norm(part, axis=1, keepdims=True) for part in np.split(features, [3], axis=1)]


def test_whole_cells_are_averaged() -> None:
    found = region_features(MAPS, np.array([[8.0, 16, 24, 32], [0, 0, 64, 64]]), SIZE)
    fine = np.stack([MAPS[0][2:4, 1:3].mean((0, 1), np.float32), MAPS[0].mean((0, 1), np.float32)])
    coarse = np.stack([MAPS[1][0, 0].astype(np.float32), MAPS[1].mean((0, 1), np.float32)])
    expected = np.concatenate(directions(np.concatenate([fine, coarse], axis=1)), axis=1)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-3)


def test_a_part_of_a_cell_counts_in_part() -> None:
    found = region_features(MAPS[:1], np.array([[6.0, 0, 12, 8]]), SIZE)
    cells = MAPS[0][0].astype(np.float32)
    expected = 2 * cells[0] + 4 * cells[1]
    assert found[0] == pytest.approx(expected / np.linalg.norm(expected), abs=1e-3)


EDGE = st.floats(-200, 200)


@given(st.lists(st.tuples(EDGE, EDGE, EDGE, EDGE), max_size=5))
def test_any_box_has_finite_features(edges: list[tuple[float, ...]]) -> None:
    """Also one without a width, beyond the picture or inside out."""
    found = region_features(MAPS, np.array(edges, float).reshape(-1, 4), SIZE)
    assert found.shape == (len(edges), 8) and np.isfinite(found).all()


def test_empty_maps_have_no_direction() -> None:
    assert not region_features((np.zeros((4, 4, 2)),), np.array([[0.0, 0, 9, 9]]), SIZE).any()
