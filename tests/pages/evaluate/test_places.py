"""Evaluate for a detector and a segmenter: their sections, and the threshold that a person chooses."""

from __future__ import annotations

import base64
import io
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pages.components.evaluate.places import threshold as threshold_section
from pages.components.evaluate.results import confusion_chart
from pages.components.evaluate.results.confusion_chart import ConfusionCounts
from pages.components.evaluate.sections import OF_DETECTION, OF_SEGMENTATION
from pages.components.shared.answers import predictors
from tests.fixtures import annotated
from tests.fixtures.place_workspace import COUNT, MISSED, Placed, placed  # noqa: F401 (a fixture)
from tests.pages.conftest import Open, numbers, primary, words
from tlcore.evaluate import confidence_threshold
from tlcore.evaluate.detection.threshold import COSTS, choose_threshold
from tlcore.export.folder.files import bundle
from tlcore.runs.run import Run


@pytest.fixture
def own_places(placed: Placed, tmp_path: Path, empty: Open) -> Placed:  # noqa: F811
    return placed.copy(tmp_path / "workspace")


@pytest.fixture(autouse=True)
def answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A segmenter that takes the left half of each picture for a cat."""
    half = np.zeros(annotated.SIZE[::-1], np.uint8)
    half[:, :20] = 1
    content = io.BytesIO()
    Image.fromarray(half).save(content, "PNG")
    said = {"map": base64.b64encode(content.getvalue()).decode(), "areas": {"background": 0.5, "cat": 0.5}}

    def answered(run: Run, content: bytes, path: Path) -> dict[str, Any]:
        assert path.read_bytes() == content
        return said

    monkeypatch.setattr(predictors, "answer", answered)


@pytest.mark.parametrize("section", OF_DETECTION)
def test_every_section_of_a_detector_opens(own_places: Placed, empty: Open, section: str) -> None:
    at = empty("evaluate", run=own_places.detector.id, section=section)
    assert not at.exception and not at.error
    assert primary(at) == ["Try it"]


@pytest.mark.parametrize("name", ["detector", "segmenter"])
def test_of_deleted_data_the_scores_stay_and_one_message_says_why(
    own_places: Placed, empty: Open, name: str
) -> None:
    run = getattr(own_places, name)
    shutil.rmtree(run.dataset().folder)
    at = empty("evaluate", run=run.id, section="mistakes")
    assert not at.exception and not at.error and not at.get("image")
    assert [one.value.split(",")[0] for one in at.warning] == ["The data set of this run is not here"]
    assert not empty("evaluate", run=run.id).warning


def test_mistakes_that_are_frequent_are_told_apart_by_their_colour() -> None:
    counts = ConfusionCounts(("a", "b"), ("a", "b"), ((7, 3), (8, 2)), "objects", full_colour=1.0)
    colours = [cell["value"][3] for cell in confusion_chart.spec(counts)["series"][0]["data"]]
    assert colours[2] < colours[1] < -1 / 3 and colours[0] > colours[3] > 1 / 3


@pytest.mark.parametrize("section", OF_SEGMENTATION)
def test_every_section_of_a_segmenter_opens(own_places: Placed, empty: Open, section: str) -> None:
    at = empty("evaluate", run=own_places.segmenter.id, section=section)
    assert not at.exception and not at.error
    assert len(at.get("image")) == (9 if section == "mistakes" else 0)


@pytest.mark.parametrize("section", [*OF_DETECTION])
def test_every_section_opens_when_the_data_are_gone(own_places: Placed, empty: Open, section: str) -> None:
    for run in (own_places.detector, own_places.segmenter):
        for path in sorted(run.dataset().folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        assert not empty("evaluate", run=run.id, section=section).exception


def test_the_overview_says_what_is_found_missed_and_invented(own_places: Placed, empty: Open) -> None:
    at = empty("evaluate", run=own_places.detector.id)
    wrong = COUNT - MISSED
    assert f"The model finds {2 * COUNT - wrong} of {2 * COUNT} objects" in words(at).replace("\\", "")
    assert f"It misses {wrong} and invents {wrong}" in words(at)
    assert set(numbers(at)) == {"mAP at IoU 0.5", "mAP"}


def test_a_cell_opens_the_pictures_of_its_objects(own_places: Placed, empty: Open) -> None:
    run = own_places.detector
    at = empty("evaluate", run=run.id, section="confusion")
    (box,) = [box for box in at.selectbox if box.label == "Objects in the cell"]
    wrong = COUNT - MISSED
    assert {*box.options} == {
        f"<b>dog</b>, missed ({wrong})",
        f"cat, invented ({wrong})",
        f"cat, found ({COUNT})",
        f"<b>dog</b>, found ({MISSED})",
    }
    box.set_value(("<b>dog</b>", "<b>dog</b>")).run()
    assert not at.exception
    assert len(at.get("image")) == MISSED


def test_a_saved_threshold_is_the_one_in_use(own_places: Placed, empty: Open) -> None:
    run = own_places.detector
    score = run.report().test.detection
    assert score
    at = empty("evaluate", run=run.id, section="sureness")
    assert at.button[-1].disabled or numbers(at)["Threshold"] != f"{100 * score.threshold:.0f} %"
    at.select_slider[0].set_value(COSTS[-1]).run()
    (save,) = [button for button in at.button if button.label == "Save threshold"]
    save.click().run()
    assert not at.exception
    chosen = confidence_threshold.read_for(run.folder, run.edition(), 0.0)
    assert chosen == choose_threshold(score.curve, COSTS[-1])
    assert confidence_threshold.read_for(run.folder, "of another model", 0.25) == 0.25
    assert f"In use: **{100 * chosen:.0f} %**" in words(at)
    with zipfile.ZipFile(bundle(run)) as archive:
        assert f'"threshold": {chosen},' in archive.read("description.json").decode()


def test_the_mark_of_the_chosen_threshold_lies_on_the_curve(placed: Placed) -> None:  # noqa: F811
    score = placed.detector.report().test.detection
    assert score
    for cost in COSTS:
        line, mark = threshold_section.spec(score.curve, choose_threshold(score.curve, cost))["series"]
        assert mark["data"][0] in line["data"]
