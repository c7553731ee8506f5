"""What requests may hold together, and bodies that are longer than they say."""

from __future__ import annotations

import anyio
import pytest
from starlette.requests import Request
from starlette.types import Message

from tests.fixtures.served import in_thread
from tlcore.serve import limits
from tlcore.serve.limits import BoundedBody, RequestRefusal, Room, announced


def test_room_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_WAITING", 3)
    monkeypatch.setattr(limits, "MOST_TOGETHER", 100)
    room = Room()
    with room.taken(1, 60):
        for inputs, size in ((3, 0), (1, 41)):
            with pytest.raises(RequestRefusal) as refused, room.taken(inputs, size):
                raise AssertionError
            assert refused.value.status == 429
        with pytest.raises(KeyError), room.taken(2, 40):
            raise KeyError
        assert (room.inputs, room.bytes) == (1, 60)
    assert (room.inputs, room.bytes) == (0, 0)


@pytest.mark.parametrize(
    ("length", "size"), [("10", 10), ("", limits.MOST_BYTES), ("-1", limits.MOST_BYTES), ("9" * 50, None)]
)
def test_what_is_announced_counts_before_it_comes(length: str, size: int | None) -> None:
    request = Request({"type": "http", "headers": [(b"content-length", length.encode())]})
    if size is not None:
        assert announced(request) == size
        return
    with pytest.raises(RequestRefusal) as refused:
        announced(request)
    assert refused.value.status == 413


def test_a_body_is_refused_where_it_is_too_long_and_then_thrown_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "MOST_BYTES", 10)
    parts = [b"12345", b"67890", b"1", b"2", b""]

    async def receive() -> Message:
        return {"type": "http.request", "body": parts.pop(0), "more_body": len(parts) > 0}

    async def read() -> None:
        body = BoundedBody(receive)
        assert (await body())["body"] == b"12345" and (await body())["body"] == b"67890"
        with pytest.raises(RequestRefusal, match="100 MB"):
            await body()
        await body.drain()
        assert body.has_ended and not parts

    in_thread(read())


def test_nobody_waits_for_a_body_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DRAIN", 0.05)

    async def nothing() -> Message:
        await anyio.sleep_forever()
        raise AssertionError

    async def read() -> None:
        body = BoundedBody(nothing)
        await body.drain()
        assert not body.has_ended

    in_thread(read())
