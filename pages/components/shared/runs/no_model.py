"""The message of a page that needs a model, with the ways to one."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from pages.components.shared.runs import open_run
from pages.components.shared.selection.selection import ready_datasets
from pages.components.shared.sharing import offers


def show_no_model(message: str) -> None:
    """The message, a button to where a person begins (without data on Home, which has a sample), and a box
    for a run from somebody else.
    """
    st.info(message, icon=":material/info:")
    kind: Literal["primary", "secondary"] = "secondary" if offers.show_first(("runs",)) else "primary"
    if not ready_datasets():
        if st.button("Begin with a sample or your data", type=kind):
            st.switch_page("pages/home.py")
    elif st.button("Go to Model", type=kind):
        st.switch_page("pages/model.py")
    open_run.show("open_run")
