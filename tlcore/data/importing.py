"""Import: a folder or archive becomes a data set, picture by picture, in bounded memory.

Each file is read once, hashed, decoded whole to prove that it can be, and kept as the bytes it came in, under
its hash. The manifest is written last: a data set is complete or not there. What was sent is always what was
accepted plus what was skipped; only system files that nobody means to send are left out of that sum.
"""

from __future__ import annotations

import hashlib
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tlcore import system
from tlcore.data import pictures, verdict
from tlcore.data.entries import Entry, Source
from tlcore.data.layout import Place, arrange
from tlcore.data.manifest import Dataset, Example, Manifest, Skipped
from tlcore.data.sources import open_source
from tlcore.errors import DataError, PictureError

IN_FLIGHT = 200_000_000  # bytes of files read and not yet checked
THUMB_BYTES = 6_000  # a generous guess for one


@dataclass(frozen=True)
class Progress:
    """How far an import is: files and bytes done, of how many, and the file just finished."""

    done: int
    total: int
    bytes_done: int
    bytes_total: int
    name: str


class ImportStopped(DataError):
    """The import was stopped because `should_stop` said so; nothing of it is left."""


Listener = Callable[[Progress], None]
Stopper = Callable[[], bool]


def import_data(
    source: Path,
    folder: Path,
    *,
    name: str,
    on_progress: Listener | None = None,
    should_stop: Stopper | None = None,
    shrunk_to: int | None = None,
    generated: bool = False,
    for_training: bool = True,
    not_sent: tuple[str, ...] = (),
) -> Manifest:
    """Import `source` (a folder, .zip or .tar(.gz)) into the data set folder `folder`; returns its manifest.

    Args:
        name: what people call the data set.
        on_progress, should_stop: called from this thread after each file.
        shrunk_to: longest side in pixels, when the browser shrank the pictures before sending them.
        generated: the pictures were drawn by this program.
        for_training: False takes any number of classes and pictures, for a set that is only to be scored.
        not_sent: names that the browser could not read and so did not send; they are listed as skipped.

    Raises:
        DataError: the set as a whole cannot be used; one sentence says why. Nothing is left in `folder`.
        ImportStopped: `should_stop` returned True; nothing is left either.
    """
    dataset = Dataset(folder)
    if dataset.is_ready:
        raise DataError("There is a data set already.", received=folder.name)
    with _clean_unless_done(folder), open_source(source) as opened:
        manifest = _collect(opened, name or opened.name, dataset, on_progress, should_stop)
        manifest = _finished(manifest, shrunk_to, generated)
        lost = tuple(Skipped(name, "The browser could not read it from the disk.") for name in not_sent)
        manifest = msgspec.structs.replace(manifest, skipped=(*manifest.skipped, *lost))
        if for_training:
            manifest = verdict.judge(manifest)
        dataset.write(manifest)
    return manifest


def scan(
    source: Path,
    *,
    on_progress: Listener | None = None,
    should_stop: Stopper | None = None,
    for_training: bool = True,
) -> Manifest:
    """What `import_data` would make of `source`, with the same decisions and errors, storing nothing."""
    with open_source(source) as opened:
        manifest = _finished(_collect(opened, opened.name, None, on_progress, should_stop), None, False)
    return verdict.judge(manifest) if for_training else manifest


def needed_bytes(source: Path) -> int:
    """Disk space that an import of `source` takes at most, in bytes, for `Workspace.check_room`.

    Raises:
        DataError: as `import_data`, for a source that cannot be opened.
    """
    with open_source(source) as opened:
        return opened.total_bytes + THUMB_BYTES * len(opened.entries)


def _collect(
    source: Source,
    name: str,
    dataset: Dataset | None,
    on_progress: Listener | None,
    should_stop: Stopper | None,
) -> Manifest:
    """Every file looked at: the manifest before it is judged."""
    places = arrange([entry.name for entry in source.entries])
    examples: list[Example] = []
    skipped = list(source.skipped)
    total, bytes_done = len(source.entries), 0
    for done, (entry, outcome) in enumerate(_examined(source, places, dataset), start=1):
        if isinstance(outcome, Example):
            examples.append(outcome)
        else:
            skipped.append(outcome)
        bytes_done += entry.size
        if on_progress is not None:
            on_progress(Progress(done, total, bytes_done, source.total_bytes, entry.name))
        if should_stop is not None and should_stop():
            raise ImportStopped("The import was stopped.", remedy="Start it again when you like.")
    examples.sort(key=lambda e: (e.split or "", e.label, e.name))
    return Manifest(
        name=name,
        source=source.name,
        classes=tuple(sorted({example.label for example in examples})),
        examples=tuple(examples),
        skipped=tuple(sorted(skipped, key=lambda s: (s.name, s.reason))),
        ignored=source.ignored,
    )


def _examined(
    source: Source, places: list[Place | str], dataset: Dataset | None
) -> Iterator[tuple[Entry, Example | Skipped]]:
    """Each entry and what became of it, in order: read here one after the other, checked in a few threads."""
    workers = min(4, system.cpu_count())
    examiner = _Examiner(dataset)
    waiting: deque[tuple[Entry, Future[Example | Skipped]]] = deque()
    in_flight = 0
    pool = ThreadPoolExecutor(workers, thread_name_prefix="import")
    try:
        for entry, place in zip(source.entries, places, strict=True):
            while waiting and (len(waiting) > 2 * workers or in_flight + entry.size > IN_FLIGHT):
                first, future = waiting.popleft()
                in_flight -= first.size
                yield first, future.result()
            waiting.append((entry, _start(pool, examiner, entry, place)))
            in_flight += entry.size
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start(
    pool: ThreadPoolExecutor, examiner: _Examiner, entry: Entry, place: Place | str
) -> Future[Example | Skipped]:
    """Hand one entry to the pool; one that is skipped unread is answered at once."""
    if isinstance(place, Place):
        try:
            return pool.submit(examiner.examine, entry.name, place, entry.read())
        except PictureError as error:
            place = error.what
    answered: Future[Example | Skipped] = Future()
    answered.set_result(Skipped(entry.name, place))
    return answered


class _Examiner:
    """Checks pictures and stores each content once. Used by several threads."""

    def __init__(self, dataset: Dataset | None) -> None:
        self.dataset = dataset
        self._stored: set[str] = set()
        self._lock = threading.Lock()

    def examine(self, name: str, place: Place, content: bytes) -> Example | Skipped:
        digest = hashlib.sha256(content).hexdigest()
        try:
            width, height = self._decode(digest, content)
        except PictureError as error:
            return Skipped(name, error.what)
        return Example(digest, name, place.label, width, height, len(content), place.split)

    def _decode(self, digest: str, content: bytes) -> tuple[int, int]:
        with self._lock:
            is_new = digest not in self._stored
            self._stored.add(digest)
        if self.dataset is None or not is_new:
            return pictures.inspect(content)
        shape = pictures.thumbnail(content, self.dataset.thumbnail(digest))
        file = self.dataset.file(digest)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return shape


def _finished(manifest: Manifest, shrunk_to: int | None, generated: bool) -> Manifest:
    return msgspec.structs.replace(
        manifest,
        shrunk_to=shrunk_to,
        generated=generated,
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    )


@contextmanager
def _clean_unless_done(folder: Path) -> Iterator[None]:
    """Start from an empty store (an earlier import may have been killed) and leave nothing after a failure.

    Only what an import writes is removed; a folder that this import made goes as well.
    """
    existed = folder.exists()

    def clear() -> None:
        for part in ("files", "thumbs"):
            shutil.rmtree(folder / part, ignore_errors=True)

    clear()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        clear()
        if not existed:
            shutil.rmtree(folder, ignore_errors=True)
        raise
