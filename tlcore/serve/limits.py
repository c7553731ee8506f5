"""Refused requests, and the bounds of what requests may hold together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from starlette.requests import Request
from starlette.types import Message, Receive

from tlcore.data.images.decode import MAX_BYTES as MOST_BYTES  # of a body: as much as one picture may have

MOST_INPUTS = 64  # in one request
MOST_WAITING = 256  # of all requests together
MOST_TOGETHER = 4 * MOST_BYTES  # of all bodies that are being read and answered
PATIENCE = 60.0  # seconds that a body may take to arrive
DRAIN = 5.0  # seconds for which a refused body is read and thrown away
TOO_LARGE = f"A request may have {MOST_BYTES // 10**6} MB: send fewer at a time."
BUSY = "The model has more waiting than it may: try again in a moment."


class RequestRefusal(Exception):
    """An HTTP status and the sentence that goes with it."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status, self.sentence = status, sentence
        super().__init__(sentence)


class Room:
    """The inputs and bytes of all requests that are not answered yet. The event loop alone uses it."""

    def __init__(self) -> None:
        self.inputs = 0
        self.bytes = 0

    @contextlib.contextmanager
    def taken(self, inputs: int, size: int = 0) -> Iterator[None]:
        """Keep so much of it during the block.

        Raises:
            RequestRefusal: there is less.
        """
        if self.inputs + inputs > MOST_WAITING or self.bytes + size > MOST_TOGETHER:
            raise RequestRefusal(429, BUSY)
        self.inputs += inputs
        self.bytes += size
        try:
            yield
        finally:
            self.inputs -= inputs
            self.bytes -= size


def announced(request: Request) -> int:
    """The bytes of its body as its header says; as many as there may be where it does not.

    Raises:
        RequestRefusal: they are too many.
    """
    length = request.headers.get("content-length", "")
    size = int(length[:20]) if length.isascii() and length.isdigit() else MOST_BYTES
    if size > MOST_BYTES:
        raise RequestRefusal(413, TOO_LARGE)
    return size


class BoundedBody:
    """The body of a request, part by part, refused where it has too many bytes, whatever was announced."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._size = 0
        self.has_ended = False

    async def __call__(self) -> Message:
        message = await self._next()
        if self._size > MOST_BYTES:
            raise RequestRefusal(413, TOO_LARGE)
        return message

    async def drain(self) -> None:
        """Throw away what is left, for a while: a client that still sends does not read our answer."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN):
                while not self.has_ended:
                    await self._next()

    async def _next(self) -> Message:
        message = await self._receive()
        self._size += len(message.get("body", b""))
        self.has_ended = not message.get("more_body", False)
        return message
