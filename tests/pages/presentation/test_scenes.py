"""The script: the document and the scenes agree, and each scene chooses the photo that it speaks of."""

from __future__ import annotations

import re

import pytest

from pages.components.presentation import scenes
from pages.components.presentation.scenes import SCENES
from tests.fixtures import ROOT
from tests.fixtures.image_workspace import Furnished
from tests.pages.presentation.conftest import Draw
from tlcore.data.samples.photos import PHOTOS
from tlcore.evaluate.report import Prediction


def answer(label: str, predicted: str, confidence: float) -> Prediction:
    return Prediction(f"{label}{predicted}{confidence}", f"{label}.jpg", label, predicted, confidence)


def test_the_document_has_these_scenes() -> None:
    rows = re.findall(r"^\| ([^|]+) \| (\d+) \|", (ROOT / "docs" / "demo.md").read_text(), re.MULTILINE)
    assert [title for title, _ in rows] == [scene.title for scene in SCENES]
    assert sum(int(seconds) for _, seconds in rows) == 180


def test_it_says_how_many_photos_there_are() -> None:
    photos = [path.relative_to(PHOTOS).parts for path in PHOTOS.rglob("*.jpg")]
    words = " ".join(scene.words for scene in SCENES)
    assert f"{len(photos)} photos of six signs" in words and len({parts[1] for parts in photos}) == 6
    assert f"{sum(parts[0] == 'test' for parts in photos)} of them are put aside" in words


def test_the_wrong_one_is_the_surest_mistake() -> None:
    right, wrong, worse = answer("a", "a", 1.0), answer("a", "b", 0.4), answer("b", "a", 0.9)
    assert scenes._worst([right, wrong, worse]) == worse
    assert scenes._worst([right, answer("b", "b", 0.7)]).confidence == 0.7


def test_photos_that_it_knows_are_of_different_classes() -> None:
    answers = [answer("a", "a", 0.9), answer("b", "a", 1.0), answer("b", "b", 0.8), answer("c", "c", 0.6)]
    assert [scenes._right(place)(answers).label for place in range(3)] == ["a", "b", "c"]
    assert scenes._right(1)(answers).predicted == "b"


@pytest.mark.parametrize("number", range(len(SCENES)))
@pytest.mark.usefixtures("full")
def test_each_scene_is_drawn(draw: Draw, furnished: Furnished, number: int) -> None:
    scene = SCENES[number]
    at = draw(scene.page, f"{number},{furnished.dataset.id},{furnished.run.id},,")
    assert not at.exception and not at.error
    own_page = [] if scene.draw else [f"The page itself: {scene.page}"]
    assert [title.value for title in at.title] == [scene.title, *own_page]
    goes_on = [button.disabled for button in at.button if button.proto.shortcut == "space"]
    assert goes_on == ([False] if number < len(SCENES) - 1 else []), "nobody puts all back by mistake"


@pytest.mark.usefixtures("full")
def test_an_address_of_no_scene_shows_the_page_alone(draw: Draw) -> None:
    at = draw("data", "44")
    assert [title.value for title in at.title] == ["The page itself: data"] and not at.button


@pytest.mark.usefixtures("full")
def test_a_page_that_somebody_went_to_by_itself_is_its_scene(draw: Draw, furnished: Furnished) -> None:
    at = draw("model", f"1,{furnished.dataset.id},,,")
    assert at.title[0].value == SCENES[2].title
    at = draw("compare", f"1,{furnished.dataset.id},,,")
    assert [title.value for title in at.title] == [SCENES[1].title, "The page itself: compare"]


@pytest.mark.usefixtures("empty")
def test_a_scene_whose_data_are_gone_says_so_and_waits(draw: Draw) -> None:
    at = draw("model", "2,nothing,,,")
    assert not at.exception and at.error
    at = draw("train", "3,nothing,nothing,,")
    assert not at.exception
    assert [button.label for button in at.button if button.disabled] == [
        "It was interrupted. Press Back, then Next."
    ]
