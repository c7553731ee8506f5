"""A button beside parts of the page that are drawn again all the time.

Streamlit tells only the next run of the script that a button was pressed. Where a fragment asks for the whole
page in that very run, as one does when a run has ended, the press is forgotten.
"""

from __future__ import annotations

from typing import Any

import streamlit as st


def kept_button(label: str, key: str, **options: Any) -> bool:
    """A button; True in the run that answers a press, however many were broken off before."""
    note = f"pressed {key}"
    st.button(label, key=key, on_click=st.session_state.__setitem__, args=(note, True), **options)
    return bool(st.session_state.pop(note, False)) and not options.get("disabled")
