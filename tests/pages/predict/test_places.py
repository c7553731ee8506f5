"""Predict with a detector and a segmenter that always give the same answer."""

from __future__ import annotations

import base64
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pages.components.browser.upload.upload import Received
from pages.components.predict.sent_pictures import FEW, FEW_PICTURES
from pages.components.shared.answers import predictors, webcam
from pages.components.shared.selection.keys import key_of
from tests.fixtures import annotated
from tests.fixtures.place_workspace import CAT, CLASSES, COUNT, NOTHING, Placed, placed  # noqa: F401
from tests.pages.conftest import Open, components, words

WIDTH, HEIGHT = annotated.SIZE


def box(label: str, edges: tuple[float, ...], score: float) -> dict[str, Any]:
    return {
        "label": label,
        "score": score,
        **dict(zip(("left", "top", "right", "bottom"), edges, strict=True)),
    }


@pytest.fixture(autouse=True)
def answers(placed: Placed, monkeypatch: pytest.MonkeyPatch, empty: Open) -> dict[str, Any]:  # noqa: F811
    """A cat, and one that is not there; a left half that is a cat. Shared workspace: only look."""
    monkeypatch.setenv("GRAFT_HOME", str(placed.home))
    half = np.zeros((HEIGHT, WIDTH), np.uint8)
    half[:, : WIDTH // 2] = 1
    content = io.BytesIO()
    Image.fromarray(half).save(content, "PNG")
    boxes = [box(CLASSES[0], CAT, 0.9), box(CLASSES[0], NOTHING, 0.6)]
    said: dict[str, Any] = {
        placed.detector.id: {"boxes": boxes, "threshold": 0.5},
        placed.segmenter.id: {
            "areas": {"cat": 0.5, "background": 0.5},
            "map": base64.b64encode(content.getvalue()).decode(),
        },
    }
    for one in said.values():
        one |= {"width": WIDTH, "height": HEIGHT}
    monkeypatch.setattr(predictors, "ask", lambda run, *_: dict(said[run.id]))
    return said


def first_picture(placed: Placed, run: str) -> str:  # noqa: F811
    test = getattr(placed, run).report().test
    return str((test.detection or test.segmentation).pictures[0].sha256)


def test_nothing_is_asked_before_a_click(
    placed: Placed,  # noqa: F811
    empty: Open,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(predictors, "ask", lambda *_: pytest.fail("asked"))
    for run in (placed.detector, placed.segmenter):
        at = empty("predict", run=run.id)
        assert not at.exception and not at.error
        (strip,) = components(at, "graft_strip")
        assert len(strip["names"]) == COUNT and strip["can_pick"]
    assert "Objects count from a score of" not in words(at)


def test_a_held_out_picture_is_compared_with_what_is_there(placed: Placed, empty: Open) -> None:  # noqa: F811
    at = empty("predict", run=placed.detector.id, example=first_picture(placed, "detector"))
    assert not at.exception and not at.error
    assert "2 cat" in words(at)
    assert "1 of 2 found, 1 invented" in words(at)
    assert "Objects count from a score of 50 % on." in words(at)
    drawn = [one.proto.imgs[0].url for one in at.get("image")]
    assert len(set(drawn)) == 2  # answer and truth
    at.toggle[0].set_value(False).run()
    bare = [one.proto.imgs[0].url for one in at.get("image")]
    assert len(set(bare)) == 1 and not set(bare) & set(drawn)


def test_areas_are_compared_with_what_is_there(placed: Placed, empty: Open) -> None:  # noqa: F811
    at = empty("predict", run=placed.segmenter.id, example=first_picture(placed, "segmenter"))
    assert not at.exception and not at.error
    assert "50.0 % cat, 50.0 % background" in words(at).replace("\\", "")
    # The cat has 120 of the 600 pixels that are called so, and nothing else is wrong.
    assert f"Mean IoU {(120 / 600 + 600 / 1080) / 2:.3f}" in words(at)
    assert len(at.get("image")) == 3
    at.toggle[0].set_value(False).run()
    assert len(at.get("image")) == 1


def test_several_pictures_are_answered(
    placed: Placed,  # noqa: F811
    empty: Open,
    tmp_path: Path,
) -> None:
    path = tmp_path / "sent.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(FEW):
            archive.writestr(
                f"{number}.png", annotated.picture(seed=100 + number) if number else b"no picture"
            )
    at = empty("predict", run=placed.detector.id)
    at.session_state[FEW_PICTURES] = Received(path, "sent.zip", 1, None)
    at.run()
    assert not at.exception
    assert len(at.get("image")) == FEW - 1
    assert len(at.error) == 1 and "0" in at.error[0].value
    assert "found" not in words(at)  # nobody knows what is there


def test_what_is_unlike_training_is_said_and_its_nearest_are_shown(
    placed: Placed,  # noqa: F811
    empty: Open,
    answers: dict[str, Any],
) -> None:
    known = placed.detector.dataset().read().examples[0].sha256
    near = [{"sha256": known, "label": CLASSES[0], "similarity": 0.5, "box": CAT}]
    cat, invented = answers[placed.detector.id]["boxes"]
    cat |= {"unlike": False, "unknown": False, "distance": 0.1, "nearest": near}
    gone = [{**near[0], "sha256": "0" * 64}]
    answers[placed.detector.id]["why"] = {"label": CLASSES[0], "heat": [[0.0, 1.0], [0.5, 0.0]]}
    invented |= {"unlike": True, "unknown": True, "distance": 0.9, "nearest": gone}
    at = empty("predict", run=placed.detector.id, example=first_picture(placed, "detector"))
    assert [one.value for one in at.warning] == [
        "1 of 2 objects is unlike anything in training: do not trust it."
    ]
    (why,) = [box for box in at.expander if box.label == "Why?"]
    assert not why.proto.expanded
    opened = key_of("why", placed.detector.id, key_of("held", first_picture(placed, "detector")))
    at.session_state[f"{opened}_why"] = True
    at.run()
    assert not at.exception and "0.50" in words(at) and "speaks for the object" in words(at)
    assert len(at.get("image")) == 5  # answer, truth, heat, its legend, and a crop
    at.selectbox(key=f"{opened}_object").select_index(1).run()
    assert "no longer in the data set" in words(at)


def test_what_is_found_lies_over_the_live_picture(placed: Placed, empty: Open) -> None:  # noqa: F811
    at = empty("predict", run=placed.detector.id)
    (live,) = components(at, "graft_live")
    assert live["found"] is None and live["can_keep"]
    at.session_state[webcam.FRAME] = 7, b"a frame"
    at.run()
    assert not at.exception and "2 cat" in words(at)
    (live,) = components(at, "graft_live")
    assert live["answered"] == 7 and not live["found"]["veils"]
    cat, invented = live["found"]["boxes"]
    assert cat["edges"] == pytest.approx([2 / WIDTH, 2 / HEIGHT, 14 / WIDTH, 12 / HEIGHT])
    assert (cat["text"], invented["text"]) == ("cat 90%", "cat 60%") and cat["colour"].startswith("#")
    at = empty("predict", run=placed.segmenter.id)
    at.session_state[webcam.FRAME] = 8, b"a frame"
    at.run()
    (live,) = components(at, "graft_live")
    (veil,) = live["found"]["veils"]  # of the cat: the background has none
    assert veil.startswith("data:image/png;base64,") and not live["found"]["boxes"]
