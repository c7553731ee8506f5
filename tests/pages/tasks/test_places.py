"""Pictures with boxes and areas on the Data page: their legend, their filters, and the ways to the board."""

from __future__ import annotations

import io
from collections.abc import Iterator

import msgspec
import numpy as np
import pytest
import streamlit as st
from PIL import Image

from pages.components.shared.viewers import annotated, overlay
from pages.components.tasks.drawing.drawing import board_place
from tests.fixtures.board import CAT, boxes, undrawn
from tests.fixtures.data_parts import Part, part  # noqa: F401 (a fixture)
from tests.pages.conftest import words
from tlcore.data.annotations.class_maps import store_class_map
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Box
from tlcore.data.versions.annotation_edits import SetBoxes, annotation_digest
from tlcore.data.versions.versions import change
from tlcore.workspace import Workspace


@pytest.fixture
def dataset(part: Part) -> Dataset:  # noqa: F811
    """A cat on one picture, a dog on another, and two without anything."""
    made = undrawn(Workspace().datasets / "pets-20260101-120000-abcd")
    example = made.read().aside[0]
    change(made, SetBoxes(example.key, (Box("dog", 60.0, 10.0, 90.0, 50.0),), annotation_digest(example)))
    return made


def test_filters_know_the_classes_of_objects(part: Part, dataset: Dataset) -> None:  # noqa: F811
    at = part("pictures")
    assert "2 pictures have no boxes yet" in at.info[0].value
    chosen = at.selectbox(key=f"class_{dataset.id}")
    assert chosen.options == ["No boxes yet", "All classes", "cat", "dog"]
    chosen.select("dog").run()
    assert "1 of 4 pictures" in words(at)
    assert [button.label for button in at.button if button.label in ("Draw", "Correct")] == ["Correct"]


def test_a_button_leads_to_the_first_picture_without_boxes(part: Part, dataset: Dataset) -> None:  # noqa: F811
    at = part("pictures")
    (entry,) = [button for button in at.button if button.label == "Draw boxes on 2 pictures"]
    entry.click().run()
    assert at.session_state[board_place(dataset)][1] == "2.png"


def test_a_pile_becomes_boxes_or_areas_with_one_click(part: Part) -> None:  # noqa: F811
    pile = undrawn(Workspace().datasets / "pile-20260101-120000-abcd", "images", drawn=False)
    at = part("pictures")
    labels = {button.label: button for button in at.button}
    assert {"Draw boxes instead", "Draw areas instead"} <= set(labels)
    labels["Draw areas instead"].click().run()
    assert pile.read().task == "segmentation" and at.session_state[board_place(pile)][1] == "0.png"


def test_a_picture_opens_large_and_can_be_set_aside(part: Part, dataset: Dataset) -> None:  # noqa: F811
    at = part("pictures")
    at.selectbox(key=f"class_{dataset.id}").select("dog").run()
    next(button for button in at.button if button.label == "Enlarge").click().run()
    next(button for button in at.button if button.label == "Set aside").click().run()
    assert not at.exception and dataset.read().change == "one picture set aside"
    assert dataset.read().classes == ("cat",)


def test_a_problem_shows_what_is_drawn(part: Part, dataset: Dataset) -> None:  # noqa: F811
    example = next(e for e in dataset.read().examples if e.boxes == (CAT,))
    twice = (CAT, msgspec.structs.replace(CAT, right=41.0))
    change(dataset, SetBoxes(example.key, twice, annotation_digest(example)))
    at = part("problems")
    assert not at.exception and "Boxes that are there twice" in words(at)
    assert "2 cat" in [image.proto.imgs[0].alt for image in at.get("image")]
    next(button for button in at.button if button.label == "Take the copies away").click().run()
    assert boxes(dataset)[example.name] == (CAT,)


@pytest.fixture
def plain_previews(monkeypatch: pytest.MonkeyPatch, dataset: Dataset) -> Iterator[None]:
    """Pictures in grey, made here: no process has to decode them."""
    content = io.BytesIO()
    Image.new("RGB", (240, 160), (90, 90, 90)).save(content, "PNG")
    monkeypatch.setattr(
        annotated.safe_preview, "of", lambda _: annotated.safe_preview.Preview(content.getvalue())
    )
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


def colours(encoded: bytes) -> int:
    """How many pixels are not grey."""
    pixels = np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB")).astype(int)
    return int((pixels.max(axis=2) - pixels.min(axis=2) > 25).sum())


def test_hidden_classes_are_not_drawn(dataset: Dataset, plain_previews: None) -> None:
    manifest = dataset.read()
    example = next(e for e in manifest.examples if e.boxes == (CAT,))
    assert colours(annotated.of(dataset, manifest, example)) > 500
    assert colours(annotated.of(dataset, manifest, example, frozenset({"cat"}))) == 0
    assert (annotated.alt(example), annotated.alt(example, frozenset({"cat"}))) == ("1 cat", "nothing")
    assert boxes(dataset)[example.name] == (CAT,)


def test_areas_have_an_edge_and_can_be_hidden(dataset: Dataset, plain_previews: None) -> None:
    pixels = np.zeros((160, 240), np.uint8)
    pixels[20:60, 20:80], pixels[100:140, 20:80] = 1, 2
    classes = ("background", "cat", "dog")
    mask, areas = store_class_map(pixels, classes, dataset)
    manifest = msgspec.structs.replace(dataset.read(), classes=classes)
    example = msgspec.structs.replace(manifest.examples[0], boxes=None, mask=mask, areas=areas)
    both = colours(annotated.of(dataset, manifest, example))
    one = colours(annotated.of(dataset, manifest, example, frozenset({"dog"})))
    assert 0.9 * 40 * 60 < one < both - 0.9 * 40 * 60
    veil = np.asarray(Image.open(io.BytesIO(overlay.veil(pixels, 1))))
    assert veil[20, 50, 3] == veil[21, 50, 3] == 255 > veil[40, 50, 3] > 0 == veil[120, 50, 3]
    assert overlay.veil(pixels, 3) == b""
