"""The weights folder, and downloads into it: `tlcore.download` with messages for weights."""

from __future__ import annotations

import os
from pathlib import Path

from tlcore import download as downloading
from tlcore.download import OnProgress
from tlcore.errors import WeightsError
from tlcore.workspace import Workspace
from tlcore.workspace.home import shared_home

OFFLINE = "EfficientNet-Lite0 works without internet, and Lite1, Lite2, MobileNetV2 and MiniLM once fetched."


def folder_path() -> Path:
    """Path of the weights folder, which may be missing."""
    own = os.environ.get("GRAFT_WEIGHTS")
    return Path(own).absolute() if own else shared_home() / "cache" / "weights"


def folder() -> Path:
    """The weights folder, created when missing."""
    if not os.environ.get("GRAFT_WEIGHTS"):
        return Workspace(shared_home()).folder("cache", "weights")
    path = folder_path()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WeightsError(
            "The weights folder cannot be used.", received=path, remedy="Set GRAFT_WEIGHTS."
        ) from error
    return path


def download(url: str, path: Path, digest: str | None, on_progress: OnProgress | None = None) -> Path:
    """Fetch `url` to `path`, as `tlcore.download.download`.

    Raises:
        WeightsError: no network, no answer for 20 seconds, or other bytes than the published ones.
    """
    remedy = f"Check the internet connection, or put the file into {path.parent}. {OFFLINE}"
    return downloading.download(url, path, digest, on_progress, kind=WeightsError, remedy=remedy)


def check_hash(path: Path, digest: str) -> None:
    """Refuse a file whose bytes are not the published ones.

    Raises:
        WeightsError: the hash (MD5 for 32 digits, else SHA-256) is another one.
    """
    downloading.check_hash(path, digest, WeightsError)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return downloading.hash_of(path)
