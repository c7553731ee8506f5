"""Requests as inputs of the model: pictures decoded in children with limits, texts cleaned."""

from __future__ import annotations

import secrets
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from tlcore.config.task import InputKind
from tlcore.data.images import sandbox
from tlcore.data.images.sandbox_worker import write_square
from tlcore.data.importing.text_collector import NO_TEXT, clean
from tlcore.data.tables.encodings import decode, is_text
from tlcore.data.tables.rows import MAX_CELL
from tlcore.look_ahead import finished
from tlcore.runs.batches.row_formats import FORMATS
from tlcore.runs.run import Run
from tlcore.serve.limits import RequestRefusal

SECONDS = 20.0  # to decode one picture
NO_PICTURE = "This model reads pictures, and this is a text: send files, or `pictures` in base64."
NOT_A_TEXT = "This model reads texts, and this is none: send text files, or `texts`."
LONG_TEXT = f"A text may have {MAX_CELL:,} characters."
InputShape = tuple[int | None, ...]


class ModelInput(NamedTuple):
    """The first fields of an answer, and an input of the model, (1, …)."""

    fields: dict[str, Any]
    row: np.ndarray


class Reader(Protocol):
    """Makes inputs of what was sent; `submit` gives a future, which may raise `RequestRefusal`."""

    def submit(self, content: bytes | str) -> Future[ModelInput]: ...

    def warm_up(self) -> None: ...

    def close(self) -> None: ...


class PictureReader:
    """Decodes pictures, a few at a time, each in a child with limits: a crash costs one picture.

    The threads stay until the end, as a `Sandbox` wants it.

    Args:
        shape: of the model's input.
    """

    def __init__(self, run: Run, shape: InputShape) -> None:
        size = shape[1] or 0
        self._shape = (1, size, size, 3)
        self._has_places = FORMATS[run.task].has_places
        self._folder = tempfile.TemporaryDirectory(prefix="graft-serve-", ignore_cleanup_errors=True)
        self._children = sandbox.children_for(sys.maxsize)
        self._pool = ThreadPoolExecutor(self._children, thread_name_prefix="decode")
        self._sandbox = sandbox.Sandbox(write_square, SECONDS, options=(str(size), run.config().fit))

    def submit(self, content: bytes | str) -> Future[ModelInput]:
        if isinstance(content, str):
            raise RequestRefusal(422, NO_PICTURE)
        return self._pool.submit(self._read, content)

    def _read(self, content: bytes) -> ModelInput:
        file = Path(self._folder.name, secrets.token_hex(16))
        target = file.with_suffix(".square")
        try:
            file.write_bytes(content)
            image = self._sandbox.run(file, target)
            if image.refusal:
                raise RequestRefusal(422, image.refusal)
            row = np.frombuffer(target.read_bytes(), np.uint8).reshape(self._shape)
        finally:
            file.unlink(missing_ok=True)
            target.unlink(missing_ok=True)
        return ModelInput({"width": image.width, "height": image.height} if self._has_places else {}, row)

    def warm_up(self) -> None:
        """Start all children now; nothing is not a picture, but they load what they need to see that."""
        wait([self.submit(b"") for _ in range(self._children)])

    def close(self) -> None:
        self._sandbox.close()
        self._pool.shutdown(cancel_futures=True)
        self._folder.cleanup()


class TextReader:
    """Cleans texts as an import does."""

    def __init__(self, run: Run, shape: InputShape) -> None:
        """Every model of texts takes the same."""

    def submit(self, content: bytes | str) -> Future[ModelInput]:
        if isinstance(content, bytes) and not is_text(content):
            raise RequestRefusal(422, NOT_A_TEXT)
        text = clean(decode(content) if isinstance(content, bytes) else content)
        if not text or len(text) > MAX_CELL:
            raise RequestRefusal(422, LONG_TEXT if text else NO_TEXT)
        return finished(ModelInput({"text": text}, np.array([text], object)))

    def warm_up(self) -> None:
        """There is nothing to start."""

    def close(self) -> None:
        """Nor to end."""


READERS: dict[InputKind, Callable[[Run, InputShape], Reader]] = {"images": PictureReader, "texts": TextReader}
