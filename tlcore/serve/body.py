"""The body of a request as inputs: files of a form, or JSON with pictures in base64 or texts."""

from __future__ import annotations

import asyncio
import logging
from typing import NamedTuple

import msgspec
from anyio import to_thread
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from tlcore.errors import printable
from tlcore.records import JsonType, MalformedJson
from tlcore.serve.limits import MOST_INPUTS, PATIENCE, RequestRefusal

NOTHING = "There is nothing to answer for: send files of a form, or JSON with `pictures` or `texts`."
TOO_MANY = f"A request may have {MOST_INPUTS} pictures or texts: send fewer at a time."
NO_FORM = "This is not a form with files as HTTP has it (multipart/form-data)."
OTHER_KIND = "Send files as multipart/form-data, or JSON as application/json."
TOO_SLOW = "The body took too long to arrive."

logging.getLogger("python_multipart").addHandler(logging.NullHandler())  # it is said to who sent the form


class Sent(NamedTuple):
    """An input as it was sent: the bytes of a file, or a text; and its name for people."""

    name: str
    content: bytes | str


class JsonBody(msgspec.Struct, forbid_unknown_fields=True):
    """The body in JSON; `pictures` are in base64."""

    pictures: list[bytes] = []
    texts: list[str] = []


_JSON = JsonType(JsonBody)


async def read(request: Request) -> list[Sent]:
    """All inputs of a request.

    Raises:
        RequestRefusal: they are too many, too large, none, or cannot be read.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    readers = {"multipart/form-data": _files, "application/json": _json}
    if kind not in readers:
        raise RequestRefusal(415 if kind else 400, OTHER_KIND if kind else NOTHING)
    try:
        async with asyncio.timeout(PATIENCE):
            sent = await readers[kind](request)
    except TimeoutError as error:
        raise RequestRefusal(408, TOO_SLOW) from error
    except ClientDisconnect as error:
        raise RequestRefusal(400, "The body was cut off.") from error
    if not sent or len(sent) > MOST_INPUTS:
        raise RequestRefusal(413 if sent else 400, TOO_MANY if sent else NOTHING)
    return sent


async def _files(request: Request) -> list[Sent]:
    """The files of a form, whatever the names of its fields."""
    try:
        async with request.form(max_files=MOST_INPUTS, max_fields=MOST_INPUTS) as form:
            files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
            return [Sent(printable(file.filename or "file"), await file.read()) for file in files]
    except HTTPException as error:
        is_many = error.detail.startswith("Too many")
        raise RequestRefusal(413 if is_many else 400, TOO_MANY if is_many else NO_FORM) from error


async def _json(request: Request) -> list[Sent]:
    content = await request.body()
    try:
        asked = await to_thread.run_sync(_JSON.decode, content)
    except MalformedJson as error:
        raise RequestRefusal(400, f"This JSON cannot be read. {error}") from error
    pictures = [Sent(f"picture {number}", picture) for number, picture in enumerate(asked.pictures, 1)]
    return pictures + [Sent(f"text {number}", text) for number, text in enumerate(asked.texts, 1)]
