"""The layer around a server's application: it bounds bodies, answers foreign requests itself and adds
headers to all answers.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tlcore.errors import GraftError
from tlcore.serve import sender
from tlcore.serve.address import TOKEN, is_local
from tlcore.serve.limits import BoundedBody

OTHER_NAME = f"Ask at 127.0.0.1 or localhost; to be asked by other names, start it with {TOKEN}."


class Guard:
    """An ASGI application around `app`.

    Args:
        checks_sender: whether a browser may only be on a page of this server, by a name of this machine. A
            token, where there is one, is sent by no browser on its own.
    """

    def __init__(self, app: ASGIApp, checks_sender: bool) -> None:
        self._app, self._checks_sender = app, checks_sender

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        app, body = self._app, BoundedBody(receive)
        headers = Headers(scope=scope)
        if self._checks_sender:
            try:
                sender.check(headers.getlist("host"), headers.getlist("origin"), is_local, OTHER_NAME)
            except GraftError as error:
                app = JSONResponse({"error": str(error)}, 403)

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(sender.HEADERS)
                if message["status"] >= 400 and "expect" not in headers:  # that one waits for a word to send
                    await body.drain()
            await send(message)

        await app(scope, body, send_secured)
