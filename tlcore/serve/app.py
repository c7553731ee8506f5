"""The routes of the server, with FastAPI: `/predict`, `/labels`, `/health`, their description and a page."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from pathlib import Path
from typing import Annotated, Any

import msgspec
from fastapi import Depends, FastAPI
from fastapi.responses import HTMLResponse, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp

from tlcore import __version__
from tlcore.errors import GraftError
from tlcore.serve import body
from tlcore.serve.guard import Guard
from tlcore.serve.limits import RequestRefusal, Room, announced
from tlcore.serve.service import Service
from tlcore.shortage import explain

PAGE = Path(__file__).with_name("page.html").read_text("utf-8")
NO_TOKEN = "This server answers those who send its token: `Authorization: Bearer TOKEN`."  # noqa: S105
NOTHING_HERE = "There is nothing at this address. The page at / says what there is."
UNEXPECTED = "Something unexpected happened; the server's own lines say more."
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)

_ERROR = {"application/json": {"schema": {"type": "object", "properties": {"error": {"type": "string"}}}}}
_REASONS = {
    400: "The body is empty, cut off or no such JSON",
    401: "The token is missing or wrong",
    413: "The body has too many bytes or inputs",
    415: "The body is of another kind",
    422: "Not one input can be read",
    429: "Too much is waiting",
}
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": reason, "content": _ERROR} for status, reason in _REASONS.items()
}
_FILE = {"type": "string", "format": "binary"}
_LIST = {"type": "array", "items": {"type": "string"}}
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "files": {"type": "array", "items": {"type": "string", "format": "binary"}}
                    },
                }
            },
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {"pictures": _LIST | {"description": "in base64"}, "texts": _LIST},
                    "additionalProperties": False,
                }
            },
        },
    }
}


def application(service: Service, is_local: bool, token: str | None = None) -> ASGIApp:
    """The application that serves a model.

    Args:
        is_local: only this machine reaches the server.
        token: what a request for answers has to carry; None: nothing.
    """
    app = FastAPI(title="A model of Graft", version=__version__, docs_url=None, redoc_url=None)
    _add_routes(app, service, [Depends(_token_check(token))] if token else [])
    app.add_exception_handler(RequestRefusal, _refused)
    app.add_exception_handler(HTTPException, _not_there)
    app.add_exception_handler(Exception, _failed)
    app.add_exception_handler(GraftError, _failed)
    return Guard(app, checks_sender=is_local and token is None)


def _add_routes(app: FastAPI, service: Service, allowed: list[Any]) -> None:
    room = Room()
    policy = {"Content-Security-Policy": content_policy(PAGE)}

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def page() -> Response:
        return HTMLResponse(PAGE, headers=policy)

    @app.get("/health", summary="Whether it answers, and how much it has answered")
    async def health() -> dict[str, Any]:
        batcher = service.batcher
        counts = {"waiting": room.inputs, "answered": batcher.answered, "batches": batcher.batches}
        return {"status": "ready", **counts}

    @app.get("/labels", summary="The classes, and below which chance it is not sure", dependencies=allowed)
    async def labels() -> dict[str, Any]:
        run = service.run
        return {"task": run.task, "labels": list(service.labels), "threshold": run.threshold()}

    @app.post(
        "/predict",
        summary="Answers for pictures or texts",
        responses=RESPONSES,
        openapi_extra=BODY,
        dependencies=allowed,
    )
    async def predict(request: Request) -> Response:
        with room.taken(1, announced(request)):
            sent = await body.read(request)
            with room.taken(len(sent) - 1):
                answers = await service.answers(sent)
        return _json({"answers": answers})


def _token_check(token: str) -> Any:
    """A dependency that refuses requests without the token; how long it takes says nothing about it."""
    expected = token.encode()

    async def check(
        given: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))],
    ) -> None:
        if given is None or not hmac.compare_digest(given.credentials.encode(), expected):
            raise RequestRefusal(401, NO_TOKEN)

    return check


def content_policy(page: str) -> str:
    """The page loads nothing and runs its own script alone."""
    digests = [hashlib.sha256(script.encode()).digest() for script in _SCRIPT.findall(page)]
    scripts = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    own = f"script-src {scripts}; style-src 'unsafe-inline'; connect-src 'self'"
    return f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def _json(content: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(content), status, headers, "application/json")


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestRefusal)
    more = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "1"}}
    return _json({"error": error.sentence}, error.status, more.get(error.status))


async def _not_there(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentence = NOTHING_HERE if error.status_code == 404 else f"{error.detail}."
    return _json({"error": sentence}, error.status_code, dict(error.headers or {}))


async def _failed(_: Request, error: Exception) -> Response:
    """Errors that are no sender's fault: a shortage in its words, all else in the server's lines."""
    told = explain(error)
    return _json({"error": str(told) if told else UNEXPECTED}, 503 if told else 500)
