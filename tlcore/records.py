"""JSON that comes in, as typed values: files of the workspace, answers of child processes, browser events.

Each type that is read has one `JsonType`, made while the module that needs it is imported:

    NOTES = JsonType(Notes)
    notes = NOTES.read_or(folder / "notes.json", NONE)

msgspec 0.22 works out a type's annotations when it first decodes one, and two threads that do so at the same
moment end the process (every session of a page is a thread). So decoders are made here alone, behind a lock,
before anything can be decoded; `tests/test_records.py` holds the rule.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from tlcore import system
from tlcore.errors import printable

T = TypeVar("T")
D = TypeVar("D")
_making = threading.Lock()


class MalformedJson(ValueError):
    """Not JSON, not UTF-8, nested too deep, or not of the type; says where and why, without the content."""


class JsonType(Generic[T]):
    """Reads JSON of one type. Made at import, shared by all threads."""

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        with _making:
            self._decoder = msgspec.json.Decoder(kind)

    def __repr__(self) -> str:
        return f"JsonType({getattr(self._kind, '__qualname__', self._kind)})"

    def decode(self, content: bytes | str | msgspec.Raw) -> T:
        """The value that `content` spells.

        Raises:
            MalformedJson: it spells none.
        """
        try:
            return self._decoder.decode(content)
        # RecursionError: thousands of brackets; UnicodeDecodeError: bytes that are not UTF-8 within a string.
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise MalformedJson(printable(error, 300)) from error

    def read(self, path: Path) -> T:
        """The value in the file `path`, which others may replace at this moment.

        Raises:
            OSError: it is missing, or cannot be read.
            MalformedJson: it holds something else.
        """
        return self.decode(system.read_bytes(path))

    def read_or(self, path: Path, default: D) -> T | D:
        """The same; `default` where the file is missing, cannot be read or holds something else."""
        try:
            return self.read(path)
        except (OSError, MalformedJson):
            return default

    def convert(self, value: object) -> T:
        """`value`, made of plain dictionaries and lists (from a browser, say), as the type.

        Numbers may come as text.

        Raises:
            MalformedJson: it is none of the type.
        """
        try:
            return msgspec.convert(value, self._kind, strict=False)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise MalformedJson(printable(error, 300)) from error
