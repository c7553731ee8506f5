"""The code for this step, at the foot of the pages: nothing until it is opened, then this page's values."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.fixtures.image_workspace import Furnished
from tests.fixtures.text_workspace import Written
from tests.pages.conftest import Open, words

LINES = {
    "data": 'CLASSES = ["amber", "blue", "röd"]',
    "model": "keras.layers.Normalization(",  # of a head left open, as the page begins
    "train": "EPOCHS = 4  # epochs at most",
    "evaluate": "# The run itself: validation ",
    "predict": "THRESHOLD = ",
}


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


def test_texts_say_that_there_is_none_yet(wordy: Open, written: Written) -> None:
    at = opened(wordy("train", run=written.run.id), "train")
    assert not at.exception and python(at) == [] and "this is about texts" in words(at)
