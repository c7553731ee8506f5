"""Pictures to be answered for, from a folder or an archive: each is decoded apart before a model sees it.

As in an import, nothing is extracted by its name, and what a decoder does to its process costs that one
picture (`sandbox.py`). What was sent is always what is answered plus what is refused.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tlcore.data.batch_inputs.bounds import InputChunk, InputChunks, InputLocation
from tlcore.data.files.open_source import open_source
from tlcore.data.files.source import FileEntry, FileSource
from tlcore.data.images import sandbox
from tlcore.data.images.sandbox_worker import DecodedImage, thumbnail
from tlcore.data.importing.progress import Stopper
from tlcore.errors import PictureError

WORK: sandbox.ImageFunction = thumbnail  # what is done to each picture, in a child
_PATIENCE = 0.5  # seconds between two looks at `should_stop` while a picture takes long


@contextmanager
def opened(where: InputLocation, should_stop: Stopper) -> Iterator[InputChunks]:
    """The pictures of a folder or an archive, one in each piece; they end early when `should_stop` says so.

    Raises:
        DataError: the source cannot be opened. From the iterator: no child could be started.
    """
    with open_source(where.source) as source, ExitStack() as held:
        children = sandbox.children_for(len(source.entries))
        pool = ThreadPoolExecutor(children, thread_name_prefix="asking")
        held.callback(pool.shutdown, cancel_futures=True)
        decoder = held.enter_context(sandbox.Sandbox(WORK))  # ends first, and frees who waits for it
        total = len(source.skipped) + len(source.entries)
        yield InputChunks(total, _pieces(source, where, _Ahead(pool, decoder, 2 * children), should_stop))


@dataclass(frozen=True)
class _Ahead:
    """Decodes up to `most` pictures ahead of whoever asks for them."""

    pool: ThreadPoolExecutor
    decoder: sandbox.Sandbox
    most: int


def _pieces(
    source: FileSource, where: InputLocation, ahead: _Ahead, should_stop: Stopper
) -> Iterator[InputChunk]:
    for item in source.skipped[where.after :]:
        yield InputChunk((item.name,), refused=item.reason)
    first = len(source.skipped)
    waiting: deque[tuple[str, Path, Future[DecodedImage] | str]] = deque()
    for number, entry in enumerate(source.entries, start=first):
        if number < where.after:
            continue
        if len(waiting) > ahead.most:
            yield from _next(waiting, should_stop)
        if should_stop():
            return
        waiting.append(_started(number, entry, where, ahead))
    while waiting and not should_stop():
        yield from _next(waiting, should_stop)


def _started(
    number: int, entry: FileEntry, where: InputLocation, ahead: _Ahead
) -> tuple[str, Path, Future[DecodedImage] | str]:
    """One picture on its way: its file, and what will become of it, or the reason why nothing will."""
    file = where.work / f"{number}"
    try:
        file.write_bytes(entry.read())
    except PictureError as error:
        return entry.name, file, error.what
    return entry.name, file, ahead.pool.submit(ahead.decoder.see, file, where.thumbnail(number))


def _next(
    waiting: deque[tuple[str, Path, Future[DecodedImage] | str]], should_stop: Stopper
) -> Iterator[InputChunk]:
    """The picture that waits longest; none if it is not done when `should_stop` says so."""
    name, file, outcome = waiting.popleft()
    while isinstance(outcome, Future):
        try:
            outcome = outcome.result(_PATIENCE).refused
        except TimeoutError:
            if should_stop():
                return
    yield InputChunk((name,), refused=outcome) if outcome else InputChunk((name,), file)
    file.unlink(missing_ok=True)
