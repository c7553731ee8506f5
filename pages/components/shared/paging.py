"""Turning the pages of a long list that may become shorter while somebody reads it."""

from __future__ import annotations

import math

import streamlit as st


def choose_page(count: int, per_page: int, key: str) -> int:
    """The page that a person turned to, below buttons to turn it; the last one where there are fewer now."""
    pages = math.ceil(count / per_page)
    if pages <= 1:
        return 1
    at = f"{key}_at"
    # Another number of pages is another widget: one that stood beyond the last page would begin anew.
    page = st.pagination(pages, default=min(st.session_state.get(at, 1), pages), key=f"{key}_{pages}")
    st.session_state[at] = page
    return page
