"""Who is at work: the person behind a request and behind a page, on a server of several people.

Every request passes `VisitorCheck` before Streamlit. A page asks again each time it works in a workspace
(`find_home`), so somebody who was signed out can do nothing more in a tab that stayed open.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import anyio
import streamlit as st
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from tlcore.errors import WorkspaceError
from tlcore.people import register
from tlcore.people.register import Person
from tlcore.workspace.home import at_home

COOKIE = "graft_person"  # holds the pass; scripts of a page cannot read it
HEALTH = "/_stcore/health"
MEDIA = "/media/"
LOOKS, LOOK_EVERY = 5, 0.2  # seconds
_passes: dict[str, str] = {}  # session of Streamlit → the pass with which it began


class VisitorCheck:
    """An ASGI application that lets people whom the register knows through to `app`, and nobody else.

    Args:
        doors: the paths by which people come in, the page first.
    """

    def __init__(self, app: ASGIApp, *doors: str) -> None:
        self._app, self._page, self._for_all = app, doors[0], {*doors, HEALTH}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or scope["path"] in self._for_all:
            return await self._app(scope, receive, send)
        request = HTTPConnection(scope)
        person = register.find(request.cookies.get(COOKIE, ""))
        if scope["type"] == "websocket":
            if person is None:
                return await send({"type": "websocket.close", "code": 1008})
            return await self._app(scope, receive, send)
        if person is None:
            return await self._turn_away(request)(scope, receive, send)
        if scope["path"].startswith(MEDIA) and not await _gets_media(person, scope["path"]):
            return await PlainTextResponse("This file belongs to somebody else.", 404)(scope, receive, send)
        with at_home(person.home):
            await self._app(scope, receive, send)

    def _turn_away(self, request: HTTPConnection) -> ASGIApp:
        if "text/html" in request.headers.get("accept", "") and request.scope["method"] == "GET":
            return RedirectResponse(self._page, 303)
        return PlainTextResponse("You are not signed in. Open this address in a browser to come in.", 401)


async def _gets_media(person: Person, path: str) -> bool:
    """Whether a file may go to this person; a page that is just drawn anew shows nothing for a moment."""
    for _ in range(LOOKS):
        if _is_theirs(person, PurePosixPath(path).stem):
            return True
        await anyio.sleep(LOOK_EVERY)
    return False


def _is_theirs(person: Person, file: str) -> bool:
    """Tell whether a file is on a page of this person, or on nobody's: what is made for a download is on
    none, and only who asked for it knows its name, a hash of the content. Streamlit gives files to whoever
    asks, and has no public way to know whose they are.
    """
    pages = runtime.get_instance().media_file_mgr._files_by_session_and_coord.copy()
    sessions = [session for session, files in pages.items() if file in list(files.values())]
    owners = {_passes.get(session, "").partition(".")[0] for session in sessions}
    return not owners or person.id in owners


def visitor() -> Person:
    """The person at this page.

    Raises:
        WorkspaceError: nobody is, or they were signed out.
    """
    person = register.find(_pass_of_session())
    if person is None:
        raise WorkspaceError("You are signed out.", remedy="Reload this page to come in again.")
    return person


def find_home() -> Path:
    """The workspace of the person at this page; errors as for `visitor`."""
    return visitor().home


def _pass_of_session() -> str:
    """The pass with which the tab came. A session stays with the person who began it, whoever's browser
    connects to it later, and while there is no browser.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return ""
    known = _passes.get(context.session_id)
    pass_ = st.context.cookies.get(COOKIE, "") or known or ""
    if known is None:
        if pass_:
            _passes[context.session_id] = pass_
    elif pass_.partition(".")[0] != known.partition(".")[0]:
        return ""
    return pass_


def teacher() -> Person:
    """The teacher at this page.

    Raises:
        WorkspaceError: somebody else is, or nobody.
    """
    person = visitor()
    if not person.is_teacher:
        raise WorkspaceError("Only the teacher can do that.", remedy="Reload this page.")
    return person


def ended() -> set[str]:
    """Sessions of people who were signed out since."""
    return {session for session, pass_ in _passes.copy().items() if register.find(pass_) is None}


def forget(sessions: set[str]) -> None:
    """These sessions have ended."""
    for session in sessions:
        _passes.pop(session, None)
