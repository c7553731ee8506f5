"""Safe previews of pictures from outside: decoded in a separate process, never in the page server.

A crash or a hang of the decoder costs only that one picture (`tlcore/data/images/sandbox.py`); the browser
gets a JPEG that Graft made.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from tlcore.data.images.sandbox import ImageFunction, Sandbox
from tlcore.data.images.sandbox_worker import write_class_map, write_drawable, write_lossless, write_preview
from tlcore.workspace import Workspace
from tlcore.workspace.refusals import writing

MOST, MOST_LARGE, MOST_EXACT = 100, 20, 4  # in memory: about 40 kB each; 200 kB; up to some megabytes


@dataclass(frozen=True)
class Preview:
    """A picture as the bytes of a JPEG or PNG that Graft made, or the reason why there is none."""

    encoded: bytes = b""
    refused: str = ""


class _Decoder:
    """A decoding process and the thread that started it: Linux ends a child with its parent thread."""

    def __init__(self, work: ImageFunction) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="preview")
        self._sandbox = Sandbox(work)

    def see(self, file: Path) -> Preview:
        return self._thread.submit(self._see, file).result()

    def _see(self, file: Path) -> Preview:
        small = file.with_name(f"{file.name}.jpg")
        try:
            refused = self._sandbox.run(file, small).refusal
            return Preview(refused=refused) if refused else Preview(small.read_bytes())
        finally:
            small.unlink(missing_ok=True)


_decoder, _large_decoder = _Decoder(write_preview), _Decoder(write_drawable)
_faithful_decoder, _map_decoder = _Decoder(write_lossless), _Decoder(write_class_map)


def of(content: bytes) -> Preview:
    """The preview of a picture, which is decoded only once.

    Raises:
        DataError: no process to decode it could be started.
    """
    return _of(hashlib.sha256(content).hexdigest(), content)


def large(content: bytes) -> Preview:
    """The same, large enough to draw on."""
    return _large(hashlib.sha256(content).hexdigest(), content)


def exact_pixels(content: bytes) -> Preview:
    """The same as a PNG with the picture's exact pixels, to paint on and send to a model."""
    return _exact(hashlib.sha256(content).hexdigest(), content)


def class_map(content: bytes) -> Preview:
    """A class map that an import has stored, as a small PNG: one of a large picture takes 50 MB decoded."""
    return _class_map(hashlib.sha256(content).hexdigest(), content)


@st.cache_resource(max_entries=MOST, show_spinner=False)
def _class_map(sha256: str, _content: bytes) -> Preview:
    with temporary_file(_content) as path:
        return _map_decoder.see(path)


@st.cache_resource(max_entries=MOST_EXACT, show_spinner=False)
def _exact(sha256: str, _content: bytes) -> Preview:
    with temporary_file(_content) as path:
        return _faithful_decoder.see(path)


@st.cache_resource(max_entries=MOST_LARGE, show_spinner=False)
def _large(sha256: str, _content: bytes) -> Preview:
    with temporary_file(_content) as path:
        return _large_decoder.see(path)


@st.cache_resource(max_entries=MOST, show_spinner=False)
def _of(sha256: str, _content: bytes) -> Preview:
    with temporary_file(_content) as path:
        return _decoder.see(path)


@contextlib.contextmanager
def temporary_file(content: bytes, suffix: str = "") -> Iterator[Path]:
    """`content` as a file that the model's process can read; every call makes its own file."""
    path = Workspace().uploads / f"ask-{secrets.token_hex(16)}{suffix}"
    with writing():
        path.write_bytes(content)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
