"""The ids in a page's address: the data set, the run or the batch that the page shows.

The session holds the current choice. An address that a person opens wins over it. The address that the
browser sends with every click does not: the page itself wrote it, or it is late. `app.py` calls `start_page`
in every run of the script, so that the address of one page does not count on another.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, unquote

import streamlit as st

SESSION_NAMES = ("data", "run", "runs", "present")  # choices that stay when a person goes to another page
PAGE_NAMES = ("beside", "batch", "example", "model")  # choices of one page
PAGE, RECEIVED, WRITTEN = "page", "addresses_heard", "addresses_said"  # in the session


def start_page(page: str) -> None:
    """Record the page that this run of the script draws."""
    if st.session_state.get(PAGE) == page:
        return
    st.session_state[PAGE] = page
    st.session_state[RECEIVED], st.session_state[WRITTEN] = {}, {}
    for name in PAGE_NAMES:
        st.session_state.pop(name, None)


def join_ids(ids: Iterable[str]) -> str:
    """Several ids as one value of an address."""
    return ",".join(quote(id, safe="") for id in ids)


def current_ids(name: str) -> list[str]:
    """The chosen ids, for a name that can have several."""
    return [id for id in current_parts(name) if id]


def current_parts(name: str) -> list[str]:
    """The same, with those that are empty: each place has its meaning."""
    return [unquote(part) for part in current_id(name).split(",")]


def current_id(name: str) -> str:
    """The chosen id, "" for none: the one in the address if that is new, else the session's last choice."""
    id = st.query_params.get(name, "")
    received: dict[str, str] = st.session_state.setdefault(RECEIVED, {})
    is_new = id not in (received.get(name), st.session_state.get(WRITTEN, {}).get(name))
    received[name] = id
    if is_new and (id or name not in SESSION_NAMES):
        st.session_state[name] = id
    return str(st.session_state.get(name, ""))


def remember(name: str, id: str) -> None:
    """Make `id` the choice of this session and of the address; "" for none."""
    note(name, id)
    st.session_state.setdefault(WRITTEN, {})[name] = id
    if not id:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != id:
        st.query_params[name] = id


def note(name: str, id: str) -> None:
    """Make `id` the choice of this session; the address follows when the page is drawn."""
    st.session_state[name] = id


def forget(id: str) -> None:
    """Remove a deleted entry from the address and the session."""
    for name in SESSION_NAMES:
        if st.query_params.get(name) == id:
            del st.query_params[name]
        if st.session_state.get(name) == id:
            del st.session_state[name]


def restate() -> None:
    """Set the address once more: a link from a page to itself would leave the browser's as it was."""
    st.query_params.from_dict(st.query_params.to_dict())
