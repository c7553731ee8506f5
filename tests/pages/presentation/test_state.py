"""The presentation in the address: what is written is read again, and what a stranger writes does no harm."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st

from pages.components.presentation import state
from pages.components.presentation.state import Presentation


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    params: dict[str, Any] = {}
    monkeypatch.setattr(st, "query_params", params)
    monkeypatch.setattr(st, "session_state", {})
    return params


def test_what_is_written_is_read_again(address: dict[str, Any]) -> None:
    presentation = Presentation(3, "photos, of hands", "run 1", "", "mine")
    address["present"] = state.address_of(presentation)
    assert state.current(9) == presentation


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "9",
        "-1",
        "²",
        "99999999999999",
        ",,,,",
        "%00",
        "1.5,a",
        "1,../runs",
        "1,a%2Fb",
        "1,..",
        "1,a%00",
    ],
)
def test_an_address_that_names_no_scene_is_none(address: dict[str, Any], text: str) -> None:
    address["present"] = text
    assert state.current(9) is None


def test_what_was_in_hand_before_comes_back(address: dict[str, Any]) -> None:
    st.session_state.update(data="mine", run="my run")
    presentation = state.in_hand()
    st.session_state.update(data="sample", run="model")
    state.leave(presentation)
    assert (st.session_state["data"], st.session_state["run"]) == ("mine", "my run")
    assert state.current(9) is None
