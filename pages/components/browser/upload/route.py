"""The upload route: it streams a file from the browser straight to disk.

The page makes a token (`mint`), and the upload component posts the file with it. The route writes the file to
the workspace's uploads folder block by block, never holding it in memory, and the page takes it once by the
returned id (`claim`). The token proves that this server drew the page; `web_security` checks this request
like every other.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import threading
import time
from pathlib import Path
from urllib.parse import unquote

import anyio
import streamlit as st
from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from pages.components.browser.upload.reserved_space import reserve
from tlcore import system
from tlcore.data.tables import reading
from tlcore.errors import GraftError, WorkspaceError
from tlcore.workspace import Workspace
from tlcore.workspace.home import home

PATH = "/graft/upload"
WORKER = "/graft/upload_worker.js"  # the script that prepares pictures in the browser
TABLES = (*sorted(reading.SUFFIXES), ".txt")  # endings of a single file with a table of texts
SUFFIXES = (
    ".tar.gz",
    ".tgz",
    ".tar",
    ".zip",
    ".keras",
    *TABLES,
)  # a client's file name decides only which of these is used
BLOCK = 1 << 20  # bytes gathered before one write
STEP = 16_000_000  # bytes reserved at a time for a body of unknown length
MOST_TOKENS = 10_000  # pages open at once; beyond that the oldest must reload
DEAD_PART = 3600.0  # seconds without a new byte after which a partial file counts as left by a crash
UNCLAIMED = 24 * 3600.0  # seconds after which an upload that no page claimed is deleted


class Refusal(Exception):
    """A refused upload: an HTTP status and the sentence that the person reads."""

    def __init__(self, status: int, error: GraftError) -> None:
        self.status, self.error = status, error
        super().__init__(str(error))


class UploadDesk:
    """The tokens of pages and the finished uploads, shared by the event loop and the page threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Token → whose page made it, and whether an upload with it is under way.
        self._tokens: dict[str, tuple[Path, bool]] = {}
        self._arrived: dict[str, Path] = {}

    def mint(self) -> str:
        """A token for one upload."""
        token = secrets.token_urlsafe(24)
        with self._lock:
            while len(self._tokens) >= MOST_TOKENS:
                del self._tokens[next(iter(self._tokens))]
            self._tokens[token] = home(), False
        return token

    def begin(self, token: str) -> bool:
        """Whether the one who asks may start an upload with the token now; it is then busy until `end`."""
        with self._lock:
            if self._tokens.get(token) != (home(), False):
                return False
            self._tokens[token] = home(), True
            return True

    def end(self, token: str, arrived: Path | None) -> str:
        """End an upload: the token is used up, or free again if nothing arrived. Returns the upload's id."""
        with self._lock:
            if arrived is None:
                if token in self._tokens:
                    self._tokens[token] = home(), False
                return ""
            self._tokens.pop(token, None)
            upload = secrets.token_hex(16)
            self._arrived[upload] = arrived
            return upload

    def claim(self, upload: str) -> Path | None:
        """The file of a finished upload in this workspace; every file is returned only once."""
        with self._lock:
            path = self._arrived.get(upload)
            if path is None or not path.is_relative_to(home()):
                return None
            del self._arrived[upload]
        return path if path.is_file() else None


_desk = UploadDesk()
mint = _desk.mint
claim = _desk.claim


def routes() -> list[Route]:
    """The routes that `app.py` adds to the server."""
    return [Route(PATH, receive, methods=["POST"]), Route(WORKER, _worker)]


def _worker(_: Request) -> Response:
    script = Path(__file__).with_name("worker.js")
    return FileResponse(script, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


def limit() -> int:
    """The largest upload in bytes, as `server.maxUploadSize` sets it."""
    return int(st.get_option("server.maxUploadSize")) * 1024 * 1024


async def receive(request: Request) -> JSONResponse:
    """Take one upload. Answers `{"id", "bytes"}`, or `{"error"}` with a status of 400 or above."""
    token = request.headers.get("x-graft-token", "")
    if not _desk.begin(token):
        remedy = "Reload this page and try again."
        error = WorkspaceError("This page can no longer upload files.", remedy=remedy)
        return JSONResponse({"error": str(error)}, 403)
    arrived: Path | None = None
    status = 200
    answer: dict[str, object] = {}
    try:
        arrived = await _to_disk(request)
        answer["bytes"] = arrived.stat().st_size
    except Refusal as refusal:
        status, answer["error"] = refusal.status, str(refusal.error)
    except ClientDisconnect:
        status, answer["error"] = 499, "The upload was cancelled."
    finally:
        answer["id"] = _desk.end(token, arrived)
    return JSONResponse(answer, status)


async def _to_disk(request: Request) -> Path:
    """Stream the body to a new file in the uploads folder; an unfinished file is deleted."""
    most, announced = limit(), _announced(request)
    if announced is not None and announced > most:
        raise _too_large(most)
    try:
        folder = Workspace().uploads
    except WorkspaceError as error:
        raise Refusal(507, error) from error
    sweep(folder)
    name = f"upload-{secrets.token_hex(16)}"
    part = folder / f"{name}.part"
    target = folder / (name + _suffix(request))
    try:
        size = await _write(request, part, most, STEP if announced is None else announced)
        if size == 0:
            raise Refusal(400, WorkspaceError("The file is empty.", remedy="Choose another file."))
        system.replace(part, target)
    except WorkspaceError as error:
        raise Refusal(507, error) from error
    except OSError as error:
        remedy = "Free some disk space, or set GRAFT_HOME to another folder."
        raise Refusal(507, WorkspaceError("The upload cannot be written to disk.", remedy=remedy)) from error
    finally:
        part.unlink(missing_ok=True)
    return target


async def _write(request: Request, part: Path, most: int, expected: int) -> int:
    """Write the body to `part`, at most `most` bytes and only if there is room; returns its size."""
    size = 0
    block = bytearray()
    async with await anyio.open_file(part, "xb") as file:
        promised = await to_thread.run_sync(reserve, part, expected)
        async for chunk in request.stream():
            size += len(chunk)
            if size > most:
                raise _too_large(most)
            if size > promised:
                promised = await to_thread.run_sync(reserve, part, size + STEP)
            block += chunk
            if len(block) >= BLOCK:
                await file.write(block)
                block.clear()
        await file.write(block)
        await file.truncate(size)
    return size


def _announced(request: Request) -> int | None:
    """The length of the body in bytes from its header; None: it comes in chunks, of unknown length."""
    length = request.headers.get("content-length", "")
    return int(length[:20]) if length.isascii() and length.isdigit() else None


def _too_large(most: int) -> Refusal:
    return Refusal(
        413,
        WorkspaceError(
            f"The upload is larger than {most / 1e9:.1f} GB.",
            remedy="Shrink the pictures more, send fewer, or use `python -m tlcore train` on the folder.",
        ),
    )


def _suffix(request: Request) -> str:
    """One of `SUFFIXES`, chosen by the browser's file name; ".bin" for any other."""
    name = unquote(request.headers.get("x-graft-name", "")).lower()
    return next((suffix for suffix in SUFFIXES if name.endswith(suffix)), ".bin")


def sweep(folder: Path, now: float | None = None) -> None:
    """Delete old files of crashed uploads and downloads and of unclaimed uploads in `folder`."""
    moment = time.time() if now is None else now
    for path in folder.glob("fetch-*"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < moment - UNCLAIMED:
                shutil.rmtree(path, ignore_errors=True)
    for path in (*folder.glob("upload-*"), *folder.glob("ask-*")):
        age = DEAD_PART if path.suffix == ".part" else UNCLAIMED
        with contextlib.suppress(OSError):  # another process was quicker, or still reads it
            if path.stat().st_mtime < moment - age:
                path.unlink()
