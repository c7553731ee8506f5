"""The weights folder, checked hashes, and downloads that end in a whole file or in clear words."""

from __future__ import annotations

import hashlib
import os
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path

from tlcore import system
from tlcore.errors import WeightsError
from tlcore.workspace import Workspace

Progress = Callable[[str, int, int], None]  # what is fetched, bytes so far, bytes in all (0: unknown)
TIMEOUT = 20  # seconds without a byte after which a download has failed
PIECE = 1 << 18  # bytes
OFFLINE = "EfficientNet-Lite0 works without internet; MobileNetV2, and MiniLM for texts, once fetched."


def folder() -> Path:
    """The weights folder, created when missing."""
    chosen = os.environ.get("GRAFT_WEIGHTS")
    if not chosen:
        return Workspace().folder("cache", "weights")
    path = Path(chosen).absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WeightsError(
            "The weights folder cannot be used.", received=path, remedy="Set GRAFT_WEIGHTS."
        ) from error
    return path


def download(url: str, path: Path, digest: str | None, on_progress: Progress | None = None) -> Path:
    """Fetch `url` to `path`, unless a file is there already; a part of a file is never left in its place.

    Args:
        digest: MD5 or SHA-256 in hexadecimal, told apart by length; None checks nothing.
        on_progress: told the file's name, the bytes so far and the bytes in all.

    Raises:
        WeightsError: no network, no answer for 20 seconds, or other bytes than the published ones.
    """
    if path.is_file():
        if digest:
            check_hash(path, digest)
        return path
    if not url.startswith("https://") and not url.startswith("http://127.0.0.1"):
        raise WeightsError("Weights are fetched by https only.", received=url)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        _receive(url, part, on_progress or (lambda *_: None), path.name)
        if digest:
            check_hash(part, digest)
        system.replace(part, path)
    except (OSError, HTTPException) as error:  # URLError and time-outs are OSErrors
        raise WeightsError(
            f"{path.name} could not be downloaded: {getattr(error, 'reason', None) or error}.",
            received=url,
            remedy=f"Check the internet connection, or put the file into {path.parent}. {OFFLINE}",
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return path


def _receive(url: str, part: Path, on_progress: Progress, name: str) -> None:
    opener = urllib.request.build_opener()  # its own: the shared one keeps the proxies of the first use
    with opener.open(url, timeout=TIMEOUT) as answer, part.open("wb") as file:
        total = int(answer.headers.get("Content-Length") or 0)
        done = 0
        while piece := answer.read(PIECE):
            done += file.write(piece)
            on_progress(name, done, total)
        if total and done != total:
            raise OSError(f"the connection ended after {done} of {total} bytes")


def check_hash(path: Path, digest: str) -> None:
    """Refuse a file whose bytes are not the published ones.

    Raises:
        WeightsError: the hash (MD5 for 32 digits, else SHA-256) is another one.
    """
    found = _hash(path, "md5" if len(digest) == 32 else "sha256")
    if found != digest:
        raise WeightsError(
            f"{path.name} is not the published file: its hash is another one.",
            received=found,
            remedy="Delete it and fetch it again; if that does not help, do not use it.",
        )


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return _hash(path, "sha256")


def _hash(path: Path, kind: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()
