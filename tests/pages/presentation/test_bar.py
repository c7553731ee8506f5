"""The bar answers each press, whatever the page below it is doing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.components.presentation import bar
from tests.pages.presentation.conftest import Draw


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The scenes that are gone to; nobody goes there."""
    scenes: list[int] = []
    monkeypatch.setattr(bar, "_open", lambda presentation: scenes.append(presentation.scene))
    return scenes


def press(at: AppTest, label: str) -> None:
    next(button for button in at.button if button.label == label).click().run()


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize("whole", [False, True])
def test_a_press_is_answered_though_a_run_ends_at_that_moment(
    draw: Draw, opened: list[int], whole: bool
) -> None:
    at = draw("data", "1,nothing,,,")
    at.session_state["whole"] = whole
    press(at, "Back")
    assert opened == [0]


@pytest.mark.usefixtures("empty")
def test_what_looks_again_and_again_has_no_button(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    """A press in it would wait until the page below is drawn, which may take as long as a model to load."""
    looked: list[Any] = []

    def fragment(draw: Callable[..., None], run_every: float | None = None) -> Callable[..., None]:
        looked.append(run_every)
        return lambda *arguments: None

    monkeypatch.setattr(st, "fragment", fragment)
    at = draw("train", "3,nothing,nothing,,")
    assert bar.EVERY in looked
    labels = [button.label for button in at.button]
    assert labels == ["Back", "It was interrupted. Press Back, then Next.", "End"]


@pytest.mark.usefixtures("empty")
def test_the_page_is_drawn_anew_once_there_is_nothing_to_wait_for(
    draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    reasons = ["Wait.", "", ""]  # of the page, of the one who looks, and of the page again
    monkeypatch.setattr(bar, "_reason_to_wait", lambda presentation: reasons.pop(0))
    at = draw("train", "3,nothing,nothing,,")
    assert not reasons
    assert [button.label for button in at.button if button.proto.shortcut == "space"] == ["Next"]
