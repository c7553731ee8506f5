"""Memory of the page process: what the sessions of closed tabs held is given back to the system.

Streamlit keeps a session for a while after its browser has gone, in case it comes back, but looks at none of
them before the next visitor comes: what the last one left, pictures and tables, would stay all night. And
what Python frees stays with the C library, in as many heaps as threads have asked at once. `app.py` has this
run beside the server.
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

from tlcore import system

_log = logging.getLogger(__name__)
LOOK = 15.0  # seconds between two looks; a session that is away at two of them is over


@asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[None]:
    """For `st.App`: looks after the memory as long as the server runs."""
    system.share_heaps()
    task = asyncio.create_task(_look_after())
    try:
        yield
    finally:
        task.cancel()


async def _look_after() -> None:
    away: set[str] = set()
    while True:
        await asyncio.sleep(LOOK)
        try:
            before, away = away, _away()
            if over := before & away:
                close_sessions(over)
        except Exception:  # memory alone is lost
            _log.exception("Ended sessions could not be put away.")


def _away() -> set[str]:
    """The sessions whose browser has gone."""
    return {one.session.id for one in sessions() if one.client is None}


def close_sessions(over: set[str]) -> None:
    """End these sessions and give back what they held. Only in the server's event loop."""
    for session in over:
        runtime.get_instance().close_session(session)
    if not sessions():  # read again for the next visitor, in a second or two
        st.cache_data.clear()
        st.cache_resource.clear()
    gc.collect()
    system.give_back_memory()


def sessions() -> list[SessionInfo]:
    """All that Streamlit keeps. Internal, and without a public equal."""
    return runtime.get_instance()._session_mgr.list_sessions()
