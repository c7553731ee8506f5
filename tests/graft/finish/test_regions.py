"""Training objects or pictures that a finished detector or segmenter keeps, and what is unlike them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.fixtures.models_in_memory import models_in_memory  # noqa: F401 (a fixture)
from tests.fixtures.tiny_training import Trained
from tlcore.evaluate import analysis
from tlcore.evaluate.novelty import KnownFeatures
from tlcore.graft.predict.predictor import load
from tlcore.runs.run import Run
from tlcore.runs.split_assignment import assign_splits


def known(run: Run) -> KnownFeatures:
    found = KnownFeatures.load(run.folder)
    assert found is not None
    return found


def training_boxes(run: Run) -> dict[str, list[list[float]]]:
    manifest = run.manifest()
    places = assign_splits(run.config(), manifest)
    return {
        one.sha256: [[box.left, box.top, box.right, box.bottom] for box in one.boxes or ()]
        for one, place in zip(manifest.examples, places, strict=True)
        if place == "train"
    }


def test_a_detector_knows_its_training_objects(trained_detector: Trained) -> None:
    run = trained_detector.run
    seen, boxes = known(run), training_boxes(run)
    assert seen.boxes is not None and len(seen) == sum(map(len, boxes.values()))
    for sha256, box in zip(seen.sha256.tolist(), seen.boxes, strict=True):
        assert any(box == pytest.approx(true, abs=0.01) for true in boxes[sha256.decode()])
    study = analysis.read(run.folder)
    assert study is not None and study.novelty is not None
    assert study.novelty.n > len(seen)  # each of them left out in turn, and those found in validation
    assert 0 < study.novelty.threshold <= study.novelty.far_threshold


def test_an_object_of_training_is_most_like_itself(trained_detector: Trained) -> None:
    run, boxes = trained_detector.run, training_boxes(trained_detector.run)
    model = load(run)
    sha256 = max(boxes, key=lambda one: len(boxes[one]))
    labels = {box.label for one in run.manifest().examples if one.sha256 == sha256 for box in one.boxes or ()}
    assert len(labels) == 1  # a faint answer may name another one: what lies there is still the most like it
    (answer,) = model.answers(run.dataset().file(sha256))
    assert answer["boxes"]
    for box in answer["boxes"]:
        nearest = box["nearest"][0]
        edges = [box[name] for name in ("left", "top", "right", "bottom")]
        assert nearest["sha256"] == sha256 and {nearest["label"]} == labels
        assert nearest["box"] == pytest.approx(edges, abs=15) and box["distance"] < 0.5
        assert not box["unknown"]


def test_a_threshold_tells_what_is_unlike_training(trained_detector: Trained, tmp_path: Path) -> None:
    run = Run(Path(shutil.copytree(trained_detector.folder, tmp_path / "run")))
    novelty = analysis.Novelty(threshold=-1.0, neighbours=5, flagged=0.0, n=20, far=2.0)
    analysis.write(run.folder, analysis.Analysis(novelty=novelty))
    pictures = sorted((trained_detector.data / "test").glob("*.png"))
    boxes = [box for answer in load(run).answers(*pictures) for box in answer["boxes"]]
    assert boxes and all((box["unlike"], box["unknown"]) == (True, False) for box in boxes)


def test_a_segmenter_knows_its_training_pictures(trained_segmenter: Trained, tmp_path: Path) -> None:
    run = trained_segmenter.run
    seen = known(run)
    assert len(seen) == len(training_boxes(run)) == 12
    sha256 = seen.sha256[0].decode()
    Image.fromarray(np.full((90, 120, 3), 255, np.uint8)).save(tmp_path / "white.png")
    like, unlike = load(run).answers(run.dataset().file(sha256), tmp_path / "white.png")
    first: dict[str, Any] = like["nearest"][0]
    assert first["sha256"] == sha256 and first["similarity"] == pytest.approx(1, abs=0.01)
    assert set(first) == {"sha256", "similarity"} and unlike["distance"] > 2 * like["distance"]
