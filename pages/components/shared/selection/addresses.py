"""What a page's address names: the data set, the run, the batch that is shown.

The choice of a session lives here. An address that a person opened, or a link, wins over it. What the browser
sends with every click does not: it is what the page said itself, or comes late, from before that. `app.py`
says at the start of each run which page it is: what another page's address said is of no interest any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, unquote

import streamlit as st

SESSION_NAMES = ("data", "run", "runs")  # what stays chosen when a person goes to another page
PAGE_NAMES = ("beside", "batch")
PAGE, RECEIVED, WRITTEN = "page", "addresses_heard", "addresses_said"  # in the session


def start_page(page: str) -> None:
    """Note which page this run of the script draws."""
    if st.session_state.get(PAGE) == page:
        return
    st.session_state[PAGE] = page
    st.session_state[RECEIVED], st.session_state[WRITTEN] = {}, {}
    for name in PAGE_NAMES:
        st.session_state.pop(name, None)


def join_ids(ids: Iterable[str]) -> str:
    """Several ids as one address."""
    return ",".join(quote(id, safe="") for id in ids)


def current_ids(name: str) -> list[str]:
    """Several ids that are chosen now."""
    return [unquote(part) for part in current_id(name).split(",") if part]


def current_id(name: str) -> str:
    """The id of what is chosen now, "" for nothing: what the address says, where that is news, else what was
    chosen here last.
    """
    named = st.query_params.get(name, "")
    heard: dict[str, str] = st.session_state.setdefault(RECEIVED, {})
    is_news = named not in (heard.get(name), st.session_state.get(WRITTEN, {}).get(name))
    heard[name] = named
    if is_news and (named or name not in SESSION_NAMES):
        st.session_state[name] = named
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
    """Let nobody look for what was deleted."""
    for name in SESSION_NAMES:
        if st.query_params.get(name) == id:
            del st.query_params[name]
        if st.session_state.get(name) == id:
            del st.session_state[name]
