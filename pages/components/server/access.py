"""How this server is opened: for one person on this machine, or for several. Settled when it starts.

`app.py` puts what `guard` returns before Streamlit.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
from collections.abc import Iterator

import streamlit as st
from starlette.routing import Route
from starlette.types import ASGIApp
from streamlit.navigation.page import StreamlitPage

from pages.components.server import door
from pages.components.server.sign_in import SignIn
from pages.components.server.visitor import VisitorCheck, find_home
from tlcore.errors import ConfigError
from tlcore.people import CLASSROOM, OPENID, SWITCH, classroom, openid
from tlcore.serve import address
from tlcore.workspace.home import find_home_by


def way() -> str:
    """How several people come in: `CLASSROOM` or `OPENID`; "" where there is one person alone.

    Raises:
        SystemExit: another way is asked for.
    """
    asked = os.environ.get(SWITCH, "")
    with _reasons():
        if asked not in ("", CLASSROOM, OPENID):
            remedy = f"Set it to {OPENID} or {CLASSROOM}, or remove it."
            raise ConfigError(f"{SWITCH} is no way to come in.", received=asked, remedy=remedy)
    return asked


def routes() -> list[Route]:
    """The routes by which several people come in.

    Raises:
        SystemExit: it is not settled how they are to sign in.
    """
    if way() == CLASSROOM:
        return door.routes()
    if way() != OPENID:
        return []
    with _reasons():
        if importlib.util.find_spec("authlib") is None:
            remedy = "Install it with `python -m pip install -r requirements-signin.txt`."
            raise ConfigError(
                "Signing in needs a package that is missing.", received="Authlib", remedy=remedy
            )
        return SignIn(openid.provider_in(_secrets()), openid.entry_rules()).routes()


def _secrets() -> object:
    """The section of the secrets about signing in; None where there is none."""
    try:
        return st.secrets.get("auth")
    except FileNotFoundError:  # or it is no TOML
        return None


def pages() -> list[StreamlitPage]:
    """The pages about several people."""
    shown = {CLASSROOM: ("Class", "🏫"), OPENID: ("Account", "👤")}
    if way() not in shown:
        return []
    title, icon = shown[way()]
    return [st.Page("pages/people.py", title=title, icon=icon, url_path=title.lower())]


def guard(app: ASGIApp) -> ASGIApp:
    """`app` behind whoever may come in.

    Raises:
        SystemExit: others than this machine reach the server, and it asks nobody who they are.
    """
    doors = {CLASSROOM: (classroom.DOOR,), OPENID: (openid.PAGE, openid.START, openid.CALLBACK)}
    if way() in doors:
        find_home_by(find_home)
        return VisitorCheck(app, *doors[way()])
    host = st.get_option("server.address") or address.ANYBODY
    with _reasons():
        if not address.is_local(host):
            raise ConfigError(
                "Others could reach these pages, and see, change and delete everything.",
                received=f"server.address {host}",
                remedy="Use `python -m tlcore classroom` for several people, let them sign in "
                "(docs/serving.md), or use the address 127.0.0.1.",
            )
    return app


@contextlib.contextmanager
def _reasons() -> Iterator[None]:
    """A server that cannot start says why in a sentence."""
    try:
        yield
    except ConfigError as error:
        raise SystemExit(str(error)) from None
