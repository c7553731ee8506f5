"""What a page's address names: the data set, the run, the batch that is shown.

The choice of a session lives here. An address that a person opened, or a link, wins over it. What the browser
sends with every click does not: it is what the page said itself, or comes late, from before that. `app.py`
says at the start of each run which page it is: what another page's address said is of no interest any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, unquote

import streamlit as st

LASTING = ("data", "run", "runs")  # what stays chosen when a person goes to another page
PASSING = ("beside", "batch")
PAGE, HEARD, SAID = "page", "addresses_heard", "addresses_said"  # in the session


def begin(page: str) -> None:
    """Note which page this run of the script draws."""
    if st.session_state.get(PAGE) == page:
        return
    st.session_state[PAGE] = page
    st.session_state[HEARD], st.session_state[SAID] = {}, {}
    for name in PASSING:
        st.session_state.pop(name, None)


def joined(ids: Iterable[str]) -> str:
    """Several ids as one address."""
    return ",".join(quote(id, safe="") for id in ids)


def several(name: str) -> list[str]:
    """Several ids that are chosen now."""
    return [unquote(part) for part in current(name).split(",") if part]


def current(name: str) -> str:
    """The id of what is chosen now, "" for nothing: what the address says, where that is news, else what was
    chosen here last.
    """
    named = st.query_params.get(name, "")
    heard: dict[str, str] = st.session_state.setdefault(HEARD, {})
    is_news = named not in (heard.get(name), st.session_state.get(SAID, {}).get(name))
    heard[name] = named
    if is_news and (named or name not in LASTING):
        st.session_state[name] = named
    return str(st.session_state.get(name, ""))


def remember(name: str, id: str) -> None:
    """Make `id` the choice of this session and of the address; "" for none."""
    note(name, id)
    st.session_state.setdefault(SAID, {})[name] = id
    if not id:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != id:
        st.query_params[name] = id


def note(name: str, id: str) -> None:
    """Make `id` the choice of this session; the address follows when the page is drawn."""
    st.session_state[name] = id


def forget(id: str) -> None:
    """Let nobody look for what was deleted."""
    for name in LASTING:
        if st.query_params.get(name) == id:
            del st.query_params[name]
        if st.session_state.get(name) == id:
            del st.session_state[name]
