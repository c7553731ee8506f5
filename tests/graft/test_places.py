"""Whole runs that say where things are: what the report says, what the model says, what the commands say."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from tests.fixtures.finished_runs import copy_before, saved_weights
from tests.fixtures.models_in_memory import models_in_memory  # noqa: F401 (a fixture)
from tests.fixtures.places_workspace import places_config
from tests.fixtures.tiny_training import Graft, Trained
from tlcore import config as configuration
from tlcore.config.augmentation import AugmentationConfig
from tlcore.graft.finish import regions
from tlcore.graft.training import loop
from tlcore.runs.metrics import epochs
from tlcore.runs.run import Run

TASKS = {"detection": ("trained_detector", "map50"), "segmentation": ("trained_segmenter", "miou")}


@pytest.fixture(params=TASKS)
def task(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def finished(request: pytest.FixtureRequest, task: str) -> Trained:
    found: Trained = request.getfixturevalue(TASKS[task][0])
    return found


def test_the_report_has_the_scores_of_the_task(finished: Trained, task: str) -> None:
    said = json.loads((finished.home / "said.json").read_text().splitlines()[-1])
    report, metric = finished.run.report(), TASKS[task][1]
    assert getattr(report, metric) == said[metric] == report.test.accuracy > 0.3
    assert report.test.n == said["n"] == 4
    rows = epochs(finished.run.rows()[0])
    assert report.validation_accuracy == rows[report.best_epoch - 1]["val_accuracy"]
    assert all(0 <= row["val_accuracy"] <= 1 and 0 <= row["accuracy"] <= 1 for row in rows)


def test_evaluate_says_what_the_report_says(graft: Graft, finished: Trained, task: str) -> None:
    said = graft.call("evaluate", finished.folder, finished.data, "--json").json
    report = finished.run.report()
    names = ("map50", "map") if task == "detection" else ("miou",)
    assert {name: said[name] for name in names} == {
        name: pytest.approx(getattr(report, name), abs=1e-3) for name in names
    }
    assert said["n"] == report.test.n and said["unknown"] == {}


def test_predict_says_where_boxes_are(graft: Graft, trained_detector: Trained) -> None:
    said = graft.call("predict", trained_detector.folder, trained_detector.data / "test", "--json")
    answers = [json.loads(line) for line in said.out.splitlines() if "width" in line]
    assert len(answers) == 4
    boxes = [(box, answer) for answer in answers for box in answer["boxes"]]
    assert boxes and {box["label"] for box, _ in boxes} <= {"disc", "square"}
    for box, answer in boxes:
        assert 0 <= box["left"] <= box["right"] <= answer["width"]
        assert 0 <= box["top"] <= box["bottom"] <= answer["height"]
        assert answer["threshold"] <= box["score"] <= 1


def test_predict_says_how_large_areas_are(graft: Graft, trained_segmenter: Trained) -> None:
    pictures: Path = trained_segmenter.data / "images" / "test"
    answers = [
        json.loads(line)
        for line in graft.call("predict", trained_segmenter.folder, pictures, "--json").out.splitlines()
    ]
    assert len(answers) == 4
    for answer in answers:
        assert set(answer["areas"]) == {"background", "disc", "square"}
        assert sum(answer["areas"].values()) == pytest.approx(1, abs=1e-5)


def test_masks_of_another_class_list_are_read_by_name(graft: Graft, trained_segmenter: Trained) -> None:
    """The same areas under other numbers, one of them of a class that the model does not know."""
    data = Path(shutil.copytree(trained_segmenter.data, graft.home / "other"))
    (data / "classes.txt").write_text("background\nstar\nsquare\ndisc")
    for path in (data / "masks").rglob("*.png"):
        numbers = np.array([0, 3, 2], np.uint8)[np.asarray(Image.open(path))]
        numbers[:2] = 1
        Image.fromarray(numbers).save(path)
    said = graft.call("evaluate", trained_segmenter.folder, data, "--json").json
    assert said["miou"] == pytest.approx(trained_segmenter.run.report().miou, abs=0.02)
    assert said["unknown"] == {"star": 4}


@pytest.mark.usefixtures("unverified")
def test_stopped_before_the_first_epoch_of_a_run_that_goes_on(
    graft: Graft, trained_segmenter: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is a model: the one that it began with."""
    monkeypatch.setattr(loop, "run_epoch", lambda *ignored: None)
    config = places_config(start_from=str(trained_segmenter.folder))
    said = graft.train(trained_segmenter.data, "on", config)
    assert said.code == 0 and said.json["state"] == "cancelled"
    report = Run(graft.home / "on").report()
    assert report.kept == "start" and report.phases == ()
    assert report.miou == pytest.approx(trained_segmenter.run.report().miou, abs=1e-3)


TWO_PHASES = places_config(input_size=64, unfreeze=2, augmentation=AugmentationConfig(views=1))


@pytest.mark.usefixtures("unverified")
def test_two_phases_broken_off_and_resumed_without_the_cache_come_to_the_same(
    graft: Graft, masked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they keep of their training pictures: `finish/test_regions.py`."""
    monkeypatch.setattr(regions, "analyse", lambda *ignored: None)
    whole, broken = Run(graft.home / "whole"), Run(graft.home / "broken")
    with monkeypatch.context() as patch:
        copy_before(4, whole, broken, patch)  # the second epoch of fine-tuning
        assert graft.train(masked, "whole", TWO_PHASES).code == 0
    assert [phase.name for phase in whole.report().phases] == ["head", "fine-tuning"]
    assert whole.report().miou is not None and not broken.has_model
    uncached = msgspec.structs.replace(broken.config(), cache=False)
    (broken.folder / "config.json").write_bytes(configuration.to_json(uncached))
    assert graft.call("resume", broken.folder, "--json").json["state"] == "done"
    assert broken.log.read_text().count("rows computed by") == 2, "before it was broken off"
    assert [row["epoch"] for row in epochs(broken.rows()[0])] == [1, 2, 3, 4]
    ours, theirs = saved_weights(broken), saved_weights(whole)
    assert ours.keys() == theirs.keys()
    for place, values in ours.items():
        np.testing.assert_allclose(values, theirs[place], rtol=1e-6, atol=1e-3)


def test_the_speed_of_a_segmenter_can_be_measured(graft: Graft, trained_segmenter: Trained) -> None:
    run = Run(shutil.copytree(trained_segmenter.folder, graft.home / "timed"))
    said = graft.call("measure", run.folder, "--json")
    assert said.code == 0, said.err
    (measured,) = said.json["measured"]
    assert 0 < measured["milliseconds_model"] <= measured["milliseconds"]
