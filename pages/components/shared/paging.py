"""Pages of a long list, which may become shorter while somebody reads it."""

from __future__ import annotations

import math

import streamlit as st


def choose_page(count: int, per_page: int, key: str) -> int:
    """Page buttons; returns the page that the person chose, or the last one if the list is shorter now."""
    pages = math.ceil(count / per_page)
    if pages <= 1:
        return 1
    at = f"{key}_at"
    # The number of pages is in the key: Streamlit resets a widget whose page is beyond the last one.
    page = st.pagination(pages, default=min(st.session_state.get(at, 1), pages), key=f"{key}_{pages}")
    st.session_state[at] = page
    return page
