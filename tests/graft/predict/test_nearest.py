"""Similarity of new examples to known ones: nothing until the features are there, and only the run's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tlcore.evaluate import analysis
from tlcore.evaluate.novelty import KnownFeatures
from tlcore.graft.predict.nearest import NEAREST, NearestExamples

LABELS = ("amber", "blue")
NEW = np.array([[1.0, 0.1, 0.0], [0.0, 0.0, 1.0]], np.float32)


def seen() -> KnownFeatures:
    """Ten examples of each of two classes, which lie in two directions."""
    random = np.random.default_rng(0)
    features = np.repeat([[1, 0, 0], [0, 1, 0]], 10, axis=0) + random.normal(0, 0.05, (20, 3))
    return KnownFeatures.of(features, np.array([f"{i:064x}" for i in range(20)]), np.repeat([0, 1], 10))


def keep(folder: Path, threshold: float | None = 0.5, far: float | None = None) -> None:
    seen().save(folder)
    novelty = (
        None
        if threshold is None
        else analysis.Novelty(threshold=threshold, neighbours=5, flagged=0, n=20, far=far)
    )
    analysis.write(folder, analysis.Analysis(novelty=novelty))


def test_the_nearest_are_named_and_what_is_unlike_all_is_unknown(tmp_path: Path) -> None:
    keep(tmp_path)
    like, unlike = NearestExamples(tmp_path, LABELS, 3)(NEW)
    assert [one["label"] for one in like["nearest"]] == ["amber"] * NEAREST
    assert {int(one["sha256"], 16) for one in like["nearest"]} <= set(range(10))
    similarities = [one["similarity"] for one in like["nearest"]]
    assert similarities == sorted(similarities, reverse=True) and similarities[0] > 0.9
    assert like["distance"] == pytest.approx(1 - np.mean(similarities), abs=1e-5)
    assert (like["unknown"], unlike["unknown"]) == (False, True)
    assert (like["unlike"], unlike["unlike"]) == (False, True)


def test_an_answer_stands_up_to_the_second_threshold(tmp_path: Path) -> None:
    keep(tmp_path, far=2.0)
    unlike = NearestExamples(tmp_path, LABELS, 3)(NEW)[1]
    assert (unlike["unlike"], unlike["unknown"]) == (True, False)


def test_without_a_threshold_nothing_is_called_unknown(tmp_path: Path) -> None:
    keep(tmp_path, threshold=None)
    assert all(set(said) == {"distance", "nearest"} for said in NearestExamples(tmp_path, LABELS, 3)(NEW))


def test_a_model_that_was_asked_too_early_learns_of_it_later(tmp_path: Path) -> None:
    likeness = NearestExamples(tmp_path, LABELS, 3)
    assert likeness(NEW) == [{}, {}]
    keep(tmp_path)
    assert all("nearest" in said for said in likeness(NEW))


@pytest.mark.parametrize(("labels", "width"), [(LABELS, 4), (("amber",), 3)])
def test_another_model_s_is_not_used(tmp_path: Path, labels: tuple[str, ...], width: int) -> None:
    keep(tmp_path)
    assert NearestExamples(tmp_path, labels, width)(NEW) == [{}, {}]


def test_files_that_are_broken_are_as_good_as_none(tmp_path: Path) -> None:
    keep(tmp_path)
    (tmp_path / analysis.FEATURES).write_bytes(b"PK broken")
    (tmp_path / analysis.FILE).write_text("{")
    assert NearestExamples(tmp_path, LABELS, 3)(NEW) == [{}, {}]
    assert NearestExamples(tmp_path, LABELS, 3)(NEW[:0]) == []
