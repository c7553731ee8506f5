"""The estimate of a data set whose features are made up; no network is needed."""

from __future__ import annotations

import builtins
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import numpy as np
import pytest

from tests.fixtures.planted_faults import LABELS, example
from tlcore.config import RunConfig
from tlcore.data.manifest import Manifest
from tlcore.evaluate.estimate import estimate, record
from tlcore.evaluate.estimate.record import Estimate, ExampleFeatures

CONFIG = RunConfig(data_version=3)


def manifest(each: int = 20, classes: tuple[str, ...] = LABELS) -> Manifest:
    examples = tuple(example(at, classes[at % len(classes)]) for at in range(each * len(classes)))
    return Manifest(name="x", version=3, classes=tuple(sorted(classes)), examples=examples)


def features_of(known: estimate.LabelledExamples, apart: float = 6.0) -> np.ndarray:
    """Features (n, 30) that tell the class."""
    random = np.random.default_rng(0)
    return random.normal(size=(len(known.labels), 30)) + apart * np.eye(30)[known.labels]


def estimated(known: estimate.LabelledExamples, features: np.ndarray) -> Estimate:
    return estimate.estimate(known, features, CONFIG, lambda step: None)


def test_it_counts_answers_to_training_and_validation_examples_alone() -> None:
    whole = manifest()
    known = estimate.labelled_examples(whole, CONFIG)
    assert set(known.places) == {"train", "validation"} and len(known.examples) == 51 == known.total
    assert [whole.examples[row] for row in known.rows] == list(known.examples)
    found = estimated(known, features_of(known))
    assert (found.version, found.backbone, found.n) == (3, CONFIG.backbone, 51)
    assert found.right == sum(one.right for one in found.classes) > 45
    assert {one.label: one.n for one in found.classes} == dict.fromkeys(sorted(LABELS), 17)
    assert found.interval[0] < found.accuracy < found.interval[1]
    assert found.baseline_accuracy == pytest.approx(1 / 3)
    sizes = [point.examples for point in found.curve]
    assert len(sizes) == 4 and sizes == sorted(sizes) and sizes[-1] == 41
    assert found.curve[-1].accuracy == found.accuracy


def test_what_is_learned_by_heart_is_no_knowledge() -> None:
    known = estimate.labelled_examples(manifest(), CONFIG)
    noise = np.random.default_rng(2).normal(size=(len(known.labels), 500)).astype(np.float32)
    found = estimated(known, noise)
    assert found.accuracy < 0.6 and all(point.accuracy < 0.7 for point in found.curve)


def test_it_can_be_left_at_any_pass() -> None:
    known, steps = estimate.labelled_examples(manifest(), CONFIG), []

    def leave(step: str) -> None:
        steps.append(step)
        if len(steps) == 30:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        estimate.estimate(known, features_of(known), CONFIG, leave)
    assert steps == ["accuracy"] * 30


def test_the_map_and_the_labels_to_check_come_with_it() -> None:
    known = estimate.labelled_examples(manifest(), CONFIG)
    features = features_of(known)
    wrong = int(np.flatnonzero(known.labels == 0)[0])
    features[wrong] += 6.0 * (np.eye(30)[1] - np.eye(30)[0])  # it looks like the second class
    found = estimated(known, features)
    assert found.analysis.examples == 51 and found.analysis.likely_errors
    suspect = found.analysis.label_errors[0]
    assert (suspect.name, suspect.suggested) == (known.examples[wrong].name, sorted(LABELS)[1])
    points = {point.name: point for point in found.analysis.points}
    assert set(points) == {one.name for one in known.examples}
    assert points[suspect.name].predicted == sorted(LABELS)[1] != points[suspect.name].label
    assert {point.split for point in points.values()} == {"train", "validation"}


def test_too_few_different_examples_are_no_estimate() -> None:
    few = manifest(each=3)
    known = estimate.labelled_examples(few, CONFIG)
    found = estimated(known, features_of(known))
    assert (found.n, found.total, found.analysis.points) == (0, 6, ())
    twice = manifest(each=5)
    alike = tuple(tuple(e.sha256 for e in twice.examples[at :: len(LABELS)]) for at in range(len(LABELS)))
    known = estimate.labelled_examples(msgspec.structs.replace(twice, alike=alike), CONFIG)
    assert estimated(known, features_of(known)).n in (0, len(known.examples))


def test_of_many_some_of_each_class_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimate, "MOST", 30)
    known = estimate.labelled_examples(manifest(), CONFIG)
    assert np.bincount(known.labels).tolist() == [10, 10, 10] and known.total == 51
    found = estimated(known, features_of(known))
    assert (found.n, found.total) == (30, 51)


def test_the_same_features_give_the_same_estimate() -> None:
    known = estimate.labelled_examples(manifest(), CONFIG)
    assert estimated(known, features_of(known)) == estimated(known, features_of(known))


def test_it_needs_no_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at its work either: that loading it loads nothing heavy, `test_layers.py` shows."""
    import_module = builtins.__import__

    def import_light(name: str, *more: Any, **options: Any) -> ModuleType:
        assert name.split(".")[0] not in {"tensorflow", "keras", "streamlit"}
        return import_module(name, *more, **options)

    monkeypatch.setattr(builtins, "__import__", import_light)
    known = estimate.labelled_examples(manifest(), CONFIG)
    assert estimated(known, features_of(known)).n


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    known = estimate.labelled_examples(manifest(), CONFIG)
    found = estimated(known, features_of(known))
    assert record.read(tmp_path) is None and record.modified_ns(tmp_path) == 0
    record.write(tmp_path, found)
    assert record.read(tmp_path) == found and record.modified_ns(tmp_path)
    (tmp_path / record.FILE).write_text('{"version": "x"}')
    assert record.read(tmp_path) is None


def test_features_are_found_by_content(tmp_path: Path) -> None:
    contents = np.array(["b" * 64, "a" * 64, "c" * 64])
    ExampleFeatures(contents, np.arange(6, dtype=np.float32).reshape(3, 2)).save(tmp_path)
    known = ExampleFeatures.load(tmp_path)
    assert known is not None
    found = known.of(np.array(["a" * 64, "b" * 64, "a" * 64]))
    assert found is not None and found.tolist() == [[2, 3], [0, 1], [2, 3]]
    assert known.of(np.array(["a" * 64, "d" * 64])) is None
    (tmp_path / record.FEATURES).write_bytes(b"PK\x03\x04 spoiled")
    assert ExampleFeatures.load(tmp_path) is None and ExampleFeatures.load(tmp_path / "none") is None
