"""The data set and the model that a browser had in hand last (last_choice.js): they survive its session."""

from __future__ import annotations

from urllib.parse import unquote

import streamlit as st

from pages.components.browser.assets import sources

NAMES = ("data", "run")  # as in an address
RECALLED = "last_choice_recalled"  # in the session

_mount = st.components.v2.component("graft_last_choice", js=sources("browser/last_choice/last_choice.js"))


def recall() -> None:
    """Begin a session with the last choice of its browser. What an address names wins, and what is gone is
    passed over like any other choice that is gone.
    """
    if st.session_state.get(RECALLED):
        return
    st.session_state[RECALLED] = True
    for name in NAMES:
        if id := unquote(st.context.cookies.get(f"graft_{name}", "")):
            st.session_state.setdefault(name, id)


def keep() -> None:
    """Let the browser remember what is in hand; drawn last, since it shows nothing."""
    _mount(key="last_choice", data={name: str(st.session_state.get(name, "")) for name in NAMES}, height=1)
