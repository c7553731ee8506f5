"""Pictures of a batch, from a folder or archive: each is decoded in the sandbox before a model sees it.

As in an import, nothing is extracted by its name, and a crash of the decoder costs one picture
(`sandbox.py`). Every file is either answered or refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tlcore.data.batch_inputs.chunks import InputChunk, InputChunks, InputLocation
from tlcore.data.files.open_source import open_source
from tlcore.data.files.source import FileSource
from tlcore.data.images import sandbox
from tlcore.data.images.sandbox_worker import DecodedImage, write_drawable, write_thumbnail
from tlcore.data.importing.progress import Stopper
from tlcore.errors import PictureError
from tlcore.look_ahead import finished, look_ahead

WORK: sandbox.ImageFunction = write_thumbnail  # what is done to each picture, in a child
WorkFile = tuple[str, Path]  # a picture's name and the file that a model reads


@contextmanager
def open_inputs(where: InputLocation, should_stop: Stopper) -> Iterator[InputChunks]:
    """The pictures of a folder or an archive, one in each chunk; they end early when `should_stop` says so.

    Raises:
        DataError: the source cannot be opened. From the iterator: no child could be started.
    """
    with open_source(where.source) as source, ExitStack() as held:
        children = sandbox.children_for(len(source.entries))
        pool = ThreadPoolExecutor(children, thread_name_prefix="batch")
        held.callback(pool.shutdown, cancel_futures=True)
        work = write_drawable if where.large else WORK
        decoder = held.enter_context(sandbox.Sandbox(work))  # ends first, and frees who waits for it
        jobs = _submitted(source, where, pool, decoder)
        results = look_ahead(jobs, 2 * children + 1, should_stop=should_stop)
        yield InputChunks(len(source.skipped) + len(source.entries), _chunks(source, where, results))


def _submitted(
    source: FileSource, where: InputLocation, pool: ThreadPoolExecutor, decoder: sandbox.Sandbox
) -> Iterator[tuple[WorkFile, Future[DecodedImage]]]:
    """Pictures on their way to be decoded, each with its copy among the work files."""
    end = len(source.skipped) + len(source.entries) if where.until is None else where.until
    for number, entry in enumerate(source.entries, start=len(source.skipped)):
        if not where.after <= number < end:
            continue
        file = where.work / f"{number}"
        try:
            file.write_bytes(entry.read())
        except PictureError as error:
            yield (entry.name, file), finished(DecodedImage(refusal=error.what))
        else:
            yield (entry.name, file), pool.submit(decoder.run, file, where.thumbnail(number))


def _chunks(
    source: FileSource, where: InputLocation, results: Iterator[tuple[WorkFile, DecodedImage]]
) -> Iterator[InputChunk]:
    for item in source.skipped[where.after : where.until]:
        yield InputChunk((item.name,), refusal=item.reason)
    for (name, file), image in results:
        yield InputChunk((name,), refusal=image.refusal) if image.refusal else InputChunk((name,), file)
        file.unlink(missing_ok=True)
