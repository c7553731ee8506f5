"""Distances and nearest examples against brute force; thresholds that keep their word."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tlcore.evaluate import analysis, novelty
from tlcore.evaluate.novelty import KnownFeatures, novelty_threshold

RANDOM = np.random.default_rng(0)
FEATURES = RANDOM.normal(size=(60, 16)).astype(np.float32) + 0.3
LABELS = RANDOM.integers(0, 4, 60)
NAMES = np.array([f"{i:064x}" for i in range(60)])
NEW = RANDOM.normal(size=(25, 16)).astype(np.float32) + 0.3


def seen(features: np.ndarray = FEATURES, neighbours: int = 5) -> KnownFeatures:
    return KnownFeatures.of(features, NAMES[: len(features)], LABELS[: len(features)], neighbours)


def similarity(new: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Cosines, (n, seen), pair by pair."""
    found = np.zeros((len(new), len(features)))
    for i, one in enumerate(new.astype(float)):
        for j, other in enumerate(features.astype(float)):
            found[i, j] = one @ other / (np.linalg.norm(one) * np.linalg.norm(other))
    return found


def test_the_nearest_are_those_of_brute_force() -> None:
    expected = similarity(NEW, FEATURES)
    for one, row in zip(NEW, expected, strict=True):
        found = seen().nearest(one, 7)
        assert [near.similarity for near in found] == pytest.approx(np.sort(row)[::-1][:7], abs=2e-3)
        places = [NAMES.tolist().index(near.sha256) for near in found]
        assert len(set(places)) == 7 and row[places] == pytest.approx([n.similarity for n in found], abs=2e-3)
        assert [near.label for near in found] == LABELS[places].tolist()


@pytest.mark.parametrize("neighbours", [1, 5, 60, 1000])
def test_distances_are_those_of_brute_force(neighbours: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(novelty, "AT_ONCE", 7)
    nearest = np.sort(similarity(NEW, FEATURES), axis=1)[:, ::-1][:, :neighbours]
    assert seen(neighbours=neighbours).distance(NEW) == pytest.approx(1 - nearest.mean(axis=1), abs=2e-3)


def test_whoever_is_left_out_does_not_see_itself_nor_its_likes() -> None:
    groups = np.arange(60) // 3
    found = seen().distances_within(np.array([0, 31]), groups)
    for row, distance in zip((0, 31), found, strict=True):
        others = similarity(FEATURES[row : row + 1], FEATURES)[0][groups != groups[row]]
        assert distance == pytest.approx(1 - np.sort(others)[-5:].mean(), abs=2e-3)
    twins = seen(np.repeat(FEATURES[:20], 3, axis=0))
    assert (twins.distances_within(np.arange(60), groups) > 0.05).all()
    assert twins.distances_within(np.arange(60), np.arange(60)).max() > twins.distance(FEATURES[:20]).max()


def test_whoever_has_too_few_others_says_nothing_of_what_is_usual() -> None:
    one_picture = np.zeros(60, int)
    assert not len(seen().distances_within(np.arange(60), one_picture))
    groups = np.repeat([0, 1], [56, 4])  # four others: one fewer than a distance rests on
    assert len(seen().distances_within(np.arange(60), groups)) == 4
    assert len(seen(neighbours=4).distances_within(np.arange(60), groups)) == 60


def test_a_fresh_reader_finds_the_same(tmp_path: Path) -> None:
    assert KnownFeatures.load(tmp_path) is None
    seen().save(tmp_path)
    again = KnownFeatures.load(tmp_path)
    assert again is not None and (len(again), again.width) == (60, 16)
    assert (again.distance(NEW) == seen().distance(NEW)).all()
    assert again.nearest(NEW[0], 3) == seen().nearest(NEW[0], 3)
    with np.load(tmp_path / analysis.FEATURES, allow_pickle=False) as file:
        assert file["features"].dtype == np.float16
        assert np.linalg.norm(file["features"].astype(float), axis=1) == pytest.approx(1, abs=1e-3)
    shutil.copy(tmp_path / analysis.FEATURES, tmp_path / "whole")
    for spoiled in (b"", b"PK\x03\x04", (tmp_path / "whole").read_bytes()[:-200]):
        (tmp_path / analysis.FEATURES).write_bytes(spoiled)
        assert KnownFeatures.load(tmp_path) is None
    np.savez(tmp_path / analysis.FEATURES, features=FEATURES, sha256=NAMES[:5], labels=LABELS)
    assert KnownFeatures.load(tmp_path) is None


def test_half_the_memory_gives_the_same_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    half = KnownFeatures.of_directions(novelty.half_directions(FEATURES), NAMES, LABELS)
    assert half.directions.dtype == np.float16
    groups = np.arange(60) // 3
    expected = seen().distances_within(np.arange(60), groups)
    assert (half.distances_within(np.arange(60), groups) == expected).all()
    monkeypatch.setattr(novelty, "KNOWN_AT_ONCE", 7)
    assert half.distances_within(np.arange(60), groups) == pytest.approx(expected, abs=1e-6)
    for number, one in enumerate((half, seen())):
        (tmp_path / str(number)).mkdir()
        one.save(tmp_path / str(number))
    first, second = ((tmp_path / name / analysis.FEATURES).read_bytes() for name in "01")
    assert first == second


@given(
    arrays.arrays(
        np.float32, st.tuples(st.integers(1, 8), st.integers(1, 5)), elements=st.floats(-9, 9, width=16)
    ),
    st.integers(1, 12),
)
def test_any_features_have_a_distance(features: np.ndarray, neighbours: int) -> None:
    one = seen(features, neighbours)
    for found in (
        one.distance(features),
        one.distances_within(np.arange(len(features)), np.zeros(len(features))),
        one.distance(features[:0]),
    ):
        assert np.isfinite(found).all() and (found >= -1e-2).all() and (found <= 2 + 1e-2).all()
    assert len(one.nearest(features[0], 3)) == min(3, len(features))


def test_a_threshold_keeps_its_word_on_new_ones_of_the_same_kind() -> None:
    random = np.random.default_rng(1)
    for n in (20, 50, 300):
        flagged, far = [], []
        for _ in range(2000):
            found = novelty_threshold(random.exponential(size=n), 5)
            assert found is not None and found.n == n and found.flagged <= novelty.FLAGGED_SHARE
            flagged.append(np.exp(-found.threshold))  # how many others lie beyond it
            assert found.threshold <= found.far_threshold
            far.append(np.exp(-found.far_threshold))
        assert np.mean(flagged) <= max(novelty.FLAGGED_SHARE, 1 / (n + 1)) * 1.06
        assert np.mean(far) <= max(novelty.FAR_SHARE, 1 / (n + 1)) * 1.06


def test_too_few_say_nothing() -> None:
    assert novelty_threshold(np.arange(novelty.FEWEST - 1.0), 5) is None
    found = novelty_threshold(np.zeros(50), 3)
    assert found == analysis.Novelty(threshold=0.0, neighbours=3, flagged=0.0, n=50, far=0.0)
