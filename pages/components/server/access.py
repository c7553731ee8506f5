"""How this server is opened: for one person on this machine, or for several. Settled when it starts.

`app.py` puts what `guard` returns before Streamlit.
"""

from __future__ import annotations

import os

import streamlit as st
from starlette.routing import Route
from starlette.types import ASGIApp
from streamlit.navigation.page import StreamlitPage

from pages.components.server import door
from pages.components.server.visitor import VisitorCheck, find_home
from tlcore.errors import ConfigError
from tlcore.people import CLASSROOM, SWITCH
from tlcore.serve import address
from tlcore.workspace.home import find_home_by


def is_class() -> bool:
    """Tell whether this server is a class."""
    return os.environ.get(SWITCH) == CLASSROOM


def routes() -> list[Route]:
    """The routes by which several people come in."""
    return door.routes() if is_class() else []


def pages() -> list[StreamlitPage]:
    """The pages about several people."""
    return [st.Page("pages/people.py", title="Class", icon="🏫", url_path="class")] if is_class() else []


def guard(app: ASGIApp) -> ASGIApp:
    """`app` behind whoever may come in.

    Raises:
        SystemExit: others than this machine reach the server, and it asks nobody who they are.
    """
    if is_class():
        find_home_by(find_home)
        return VisitorCheck(app)
    host = st.get_option("server.address") or address.ANYBODY
    if not address.is_local(host):
        error = ConfigError(
            "Others could reach these pages, and see, change and delete everything.",
            received=f"server.address {host}",
            remedy="Use `python -m tlcore classroom` for several people, or the address 127.0.0.1.",
        )
        raise SystemExit(str(error))
    return app
