"""The code for this step, at the foot of the pages: nothing until it is opened, then this page's values."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.fixtures.image_workspace import Furnished
from tests.fixtures.place_workspace import Placed, placed  # noqa: F401 (a fixture)
from tests.fixtures.text_workspace import Written
from tests.pages.conftest import Open

LINES = {
    "data": 'CLASSES = ["amber", "blue", "röd"]',
    "model": "keras.layers.Normalization(",  # of a head left open, as the page begins
    "train": "EPOCHS = 4  # epochs at most",
    "evaluate": "# The run itself: validation ",
    "predict": "THRESHOLD = ",
}

OF_TEXTS = {
    "data": '(HERE / "texts.json")',
    "model": "states, is_token = backbone.outputs",
    "train": "The head learns alone",
    "evaluate": "right answers to these texts",
    "predict": "print(*answer(x_test[0]))",
}

OF_AREAS = {
    "data": "def read_mask(path)",
    "model": "keras.Input(one.shape[1:]) for one in backbone.outputs",
    "train": "def area_loss(masks, scores)",
    "evaluate": "mean IoU of {len(x_validation)} pictures",
    "predict": "def draw_areas(path, areas)",
}

OF_BOXES = {"data": "def read_boxes(row)", "train": "def box_loss(objects, raw)"}


def opened(at: AppTest, step: str) -> AppTest:
    at.session_state[f"code_{step}"] = True
    return at.run()


def python(at: AppTest) -> list[str]:
    return [code.value for code in at.code if code.language == "python"]


@pytest.mark.parametrize("step", LINES)
def test_each_step_shows_its_lines_once_it_is_opened(full: Open, furnished: Furnished, step: str) -> None:
    which = {"data": furnished.dataset.id} if step in ("data", "model") else {"run": furnished.run.id}
    at = full(step, **which)
    assert not at.exception and python(at) == []
    at = opened(at, step)
    assert not at.exception
    (code,) = python(at)
    assert LINES[step] in code


@pytest.mark.parametrize("step", OF_TEXTS)
def test_steps_of_texts_show_theirs(wordy: Open, written: Written, step: str) -> None:
    which = {"data": written.dataset.id} if step in ("data", "model") else {"run": written.run.id}
    at = opened(wordy(step, **which), step)
    assert not at.exception
    (code,) = python(at)
    assert OF_TEXTS[step] in code


def test_steps_of_areas_and_boxes_show_theirs(
    empty: Open,
    placed: Placed,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(placed.home))
    for run, lines in ((placed.segmenter, OF_AREAS), (placed.detector, OF_BOXES)):
        for step, line in lines.items():
            which = {"data": run.dataset().id} if step in ("data", "model") else {"run": run.id}
            at = opened(empty(step, **which), step)
            assert not at.exception
            assert line in "".join(python(at)), step
