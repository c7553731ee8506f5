"""Pictures from strangers on a screen: decoded in a process of their own, never in the one that serves pages.

What a decoder does to its process, be it a crash or a hang, costs that one picture (`tlcore/data/apart.py`);
the browser gets a JPEG of our own making.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.components.answers import kept
from tlcore.data.apart import Apart
from tlcore.data.examining import preview

MOST = 100  # kept in memory: about 40 kB each


@dataclass(frozen=True)
class Preview:
    """A picture small enough to show, as the bytes of a JPEG, or the reason why there is none."""

    jpeg: bytes = b""
    refused: str = ""


class _Decoder:
    """One child, kept warm, and the thread that asks it: Linux ends a child with the thread it came from."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="preview")
        self._apart = Apart(preview)

    def see(self, file: Path) -> Preview:
        return self._thread.submit(self._see, file).result()

    def _see(self, file: Path) -> Preview:
        small = file.with_name(f"{file.name}.jpg")
        try:
            refused = self._apart.see(file, small).refused
            return Preview(refused=refused) if refused else Preview(small.read_bytes())
        finally:
            small.unlink(missing_ok=True)


@st.cache_resource(show_spinner=False)
def _decoder() -> _Decoder:
    return _Decoder()


def of(content: bytes) -> Preview:
    """The preview of a picture; decoded once, however often it is shown.

    Raises:
        DataError: no process to decode it could be started.
    """
    return _of(hashlib.sha256(content).hexdigest(), content)


@st.cache_resource(max_entries=MOST, show_spinner=False)
def _of(sha256: str, _content: bytes) -> Preview:
    with kept(_content) as path:
        return _decoder().see(path)
