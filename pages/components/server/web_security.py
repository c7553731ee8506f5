"""Web security: checks the sender of every request and sets security headers on every answer.

`app.py` wraps `st.App` in this layer, so it covers everything: pages, WebSocket, static files, uploads,
health, metrics, and the 500 that Starlette gives for an error, which the middleware of `st.App` does not
reach.

- **Host** and **Origin** must be those of this server (`tlcore/serve/sender.py`); its names are in
  `server.allowedHosts`.
- **The headers** let no other site frame the application or keep a hand on its window, and let nothing run in
  a page that did not come from this server.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from pathlib import Path

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import file_util

from tlcore.errors import GraftError
from tlcore.serve import sender

OTHER_NAME = "Open Graft at localhost, or add the name to server.allowedHosts in .streamlit/config.toml."
ANSWERS = {"http.response.start", "websocket.http.response.start", "websocket.accept"}
_INLINE = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
_log = logging.getLogger(__name__)


class WebSecurity:
    """An ASGI application that answers foreign requests itself and passes the others on to `app`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        index = Path(file_util.get_static_dir(), "index.html")
        self._policy = content_policy(index.read_text(encoding="utf-8"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            return await self._app(scope, receive, send)
        connect, app = "connect-src 'self'", self._app
        try:
            host = check_sender(scope)
        except GraftError as error:
            _log.warning("A request was refused. %s", error)
            app = PlainTextResponse(str(error), 403)
        else:
            if not host.startswith("["):  # a policy cannot name an IPv6 address
                connect += f" ws://{host} wss://{host}"  # what older browsers do not count as 'self'

        async def send_secured(message: Message) -> None:
            if message["type"] in ANSWERS:
                message.setdefault("headers", [])
                headers = MutableHeaders(scope=message)
                headers.update(sender.HEADERS)
                headers["Content-Security-Policy"] = f"{self._policy}; {connect}"
            await send(message)

        await app(scope, receive, send_secured)


def content_policy(index: str) -> str:
    """The content security policy for pages that begin as this HTML, all but what they may connect to.

    Streamlit loads our components' scripts from blobs, and its own styles stand in the page. Its page has one
    script in itself, which is named by its hash, whatever a new version makes of it.
    """
    digests = [hashlib.sha256(script.encode()).digest() for script in _INLINE.findall(index)]
    hashes = "".join(f" 'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' blob:{hashes}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "media-src 'self' data: blob:",
            "worker-src 'self' blob:",
            "frame-src 'none'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def check_sender(scope: Scope) -> str:
    """The Host that a request names, as it was sent; errors as for `sender.check`."""
    headers = Headers(scope=scope)
    found = sender.check(headers.getlist("host"), headers.getlist("origin"), _is_allowed, OTHER_NAME)
    if found.scheme:
        # In one spelling: where they differ by a default port, Streamlit asks the internet for our address.
        MutableHeaders(scope=scope)["origin"] = f"{found.scheme}://{found.host}"
    return found.host


def _is_allowed(name: str) -> bool:
    """Whether `server.allowedHosts` holds the name, or a pattern for it such as `*.example.org`."""
    for allowed in st.get_option("server.allowedHosts") or sender.LOCAL:
        pattern = str(allowed).strip().lower().rstrip(".")
        if pattern in {"*", name} or (pattern.startswith("*.") and name.endswith(pattern[1:])):
            return True
    return False
