"""The choices of the Model page in its address: what to start from, the backbone and a folder of one's own.

Without them a page that is loaded again would, without a word, train something else.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

READ = "model_address_read"  # in the session: the names that were read from the address


def begin(name: str, key: str, is_valid: Callable[[str], bool]) -> None:
    """Choose in the box `key` what the address of a new session names: it was loaded again, or is a link."""
    read: set[str] = st.session_state.setdefault(READ, set())
    if name not in read:
        read.add(name)
        if (asked := st.query_params.get(name, "")) and is_valid(asked):
            st.session_state[key] = asked
