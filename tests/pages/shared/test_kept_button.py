"""A press is answered, also where the run of the page that hears of it is broken off."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest


def script(disabled: bool) -> None:
    import streamlit as st

    from pages.components.shared.kept_button import kept_button

    if st.session_state.pop("whole", False):  # as a fragment asks for the whole page once a run has ended
        st.rerun()
    if kept_button("Next", "next", disabled=disabled):
        st.session_state["pressed"] = st.session_state.get("pressed", 0) + 1


@pytest.mark.parametrize("whole", [False, True])
def test_a_press_is_answered_once(whole: bool) -> None:
    at = AppTest.from_function(script, args=(False,)).run()
    at.session_state["whole"] = whole
    at.button(key="next").click().run().run()
    assert at.session_state["pressed"] == 1


def test_a_press_that_comes_too_late_is_none() -> None:
    at = AppTest.from_function(script, args=(False,)).run()
    at.button(key="next").click()
    at.args = (True,)
    assert "pressed" not in at.run().session_state
