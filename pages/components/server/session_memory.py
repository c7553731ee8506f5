"""Memory of the page process: returns the memory of closed tabs to the system.

Streamlit keeps a session for a while after its browser has gone, and checks it only when the next visitor
comes: the pictures and tables of the last visitor would stay all night. The C library also holds on to memory
that Python frees, in one heap for each thread. `app.py` runs this beside the server.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from streamlit import runtime
from streamlit.runtime.session_manager import SessionInfo

from pages.components.server import visitor
from tlcore import memory
from tlcore.data.recent_versions import RECENT

_log = logging.getLogger(__name__)
CHECK_EVERY = 15.0  # seconds; a session without a browser at two checks in a row is closed


@asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[None]:
    """For `st.App`: watches the sessions as long as the server runs."""
    memory.share_heaps()
    task = asyncio.create_task(_watch_sessions())
    try:
        yield
    finally:
        task.cancel()


async def _watch_sessions() -> None:
    away: set[str] = set()
    told: set[str] = set()
    while True:
        await asyncio.sleep(CHECK_EVERY)
        try:
            before, away = away, _absent_sessions()
            earlier, told = told, _tell_ended()
            if over := (before & away) | (earlier & told):
                close_sessions(over)
        except Exception:  # only memory is lost
            _log.exception("Closed sessions could not be ended.")


def _absent_sessions() -> set[str]:
    """The sessions whose browser has gone."""
    return {one.session.id for one in sessions() if one.client is None}


def _tell_ended() -> set[str]:
    """The sessions of people who were signed out: their pages are drawn anew, and say so instead of what
    they showed. A session that is closed at once would leave it all there, with buttons that do nothing.
    """
    ended = visitor.ended()
    over = [one.session for one in sessions() if one.session.id in ended]
    for session in over:
        session.request_rerun(None)
    return {session.id for session in over}


def close_sessions(over: set[str]) -> None:
    """End these sessions and free their memory. Only in the server's event loop."""
    for session in over:
        runtime.get_instance().close_session(session)
    visitor.forget(over)
    if not sessions():  # read again for the next visitor, in a second or two
        st.cache_data.clear()
        st.cache_resource.clear()
        RECENT.clear()
    gc.collect()
    memory.give_back_memory()


def sessions() -> list[SessionInfo]:
    """All sessions of Streamlit. Internal: there is no public way."""
    return runtime.get_instance()._session_mgr.list_sessions()
