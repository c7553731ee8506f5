"""Downloads, of weights and of data sets, that end in a whole, published file or in clear words."""

from __future__ import annotations

import hashlib
import os
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path

from tlcore import system
from tlcore.errors import GraftError

OnProgress = Callable[[str, int, int], None]  # what is fetched, bytes so far, bytes in all (0: unknown)
TIMEOUT = 20  # seconds without a byte after which a download has failed
PIECE = 1 << 18  # bytes
ALLOWED = ("https://", "http://127.0.0.1:")


def download(
    url: str,
    path: Path,
    digest: str | None,
    on_progress: OnProgress | None = None,
    *,
    kind: type[GraftError],
    remedy: str,
    size: int | None = None,
) -> Path:
    """Fetch `url` to `path`, unless a file is there already; a part of a file is never left in its place.

    Args:
        digest: MD5 or SHA-256 in hexadecimal, told apart by length; None checks nothing.
        on_progress: told the file's name, the bytes so far and the bytes in all. What it raises ends the
            download.
        kind: the error that is raised; `remedy` is what it says to do without a connection.
        size: the published size in bytes, if known: more are never written.

    Raises:
        GraftError: of that kind: no network, no answer for 20 seconds, or other bytes than were published.
    """
    if path.is_file():
        if digest:
            check_hash(path, digest, kind)
        return path
    _check_address(url, kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        _receive(url, part, on_progress or (lambda *_: None), path.name, kind, size)
        if digest:
            check_hash(part, digest, kind, path.name)
        system.replace(part, path)
    except (OSError, HTTPException) as error:  # URLError and time-outs are OSErrors
        message = f"{path.name} could not be downloaded: {_reason(error)}."
        raise kind(message, received=url, remedy=remedy) from error
    finally:
        part.unlink(missing_ok=True)
    return path


def _reason(error: Exception) -> object:
    """The system's own words, where an error has them."""
    reason = getattr(error, "reason", None) or error
    return getattr(reason, "strerror", None) or reason


def _check_address(url: str, kind: type[GraftError]) -> None:
    if not url.startswith(ALLOWED):
        raise kind("Files are fetched by https only.", received=url)


def _receive(
    url: str, part: Path, on_progress: OnProgress, name: str, kind: type[GraftError], size: int | None
) -> None:
    opener = urllib.request.build_opener()  # its own: the shared one keeps the proxies of the first use
    with opener.open(url, timeout=TIMEOUT) as answer, part.open("wb") as file:
        _check_address(answer.geturl(), kind)  # it may have been sent on to another place
        total = int(answer.headers.get("Content-Length") or size or 0)
        done = 0
        while piece := answer.read(PIECE):
            done += file.write(piece)
            if size is not None and done > size:
                raise OSError(f"it is larger than the {size:,} bytes that were published")
            on_progress(name, done, total)
        if total and done != total:
            raise OSError(f"the connection ended after {done} of {total} bytes")


def check_hash(path: Path, digest: str, kind: type[GraftError], name: str = "") -> None:
    """Refuse a file whose bytes are not the published ones.

    Raises:
        GraftError: of that kind: the hash (MD5 for 32 digits, else SHA-256) is another one.
    """
    found = hash_of(path, "md5" if len(digest) == 32 else "sha256")
    if found != digest:
        raise kind(
            f"{name or path.name} is not the published file: its hash is another one.",
            received=found,
            remedy="Delete it and fetch it again; if that does not help, do not use it.",
        )


def hash_of(path: Path, kind: str = "sha256") -> str:
    """Hash of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()
