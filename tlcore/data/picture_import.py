"""Pictures from a folder or an archive: each looked at once, hashed, decoded whole and kept as it came in.

The reader of the task "images" for `importing.py`. What was sent is always what was accepted plus what was
skipped; only system files that nobody means to send are left out of that sum.
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from tlcore import system
from tlcore.data import pictures
from tlcore.data.dataset import Dataset
from tlcore.data.entries import Entry, Source
from tlcore.data.layout import Place
from tlcore.data.manifest import Example, Manifest, Skipped
from tlcore.data.placing import placed
from tlcore.data.reading import GUESSED, ColumnNames, ImportStopped, Listener, Progress, Stopper
from tlcore.data.sources import open_source
from tlcore.errors import PictureError

IN_FLIGHT = 200_000_000  # bytes of files read and not yet checked
THUMB_BYTES = 6_000  # a generous guess for one


def needed_bytes(path: Path) -> int:
    """Disk space that an import takes at most, in bytes.

    Raises:
        DataError: `path` cannot be opened.
    """
    with open_source(path) as source:
        return source.total_bytes + THUMB_BYTES * len(source.entries)


def collect(
    path: Path,
    dataset: Dataset | None,
    on_progress: Listener,
    should_stop: Stopper,
    columns: ColumnNames = GUESSED,
    label: str | None = None,
) -> Manifest:
    """Every file looked at: the manifest before it is judged. The pictures are kept in `dataset`, if given.

    Args:
        label: the class of all of them, "" for none; None: as folders or a table say.

    Raises:
        DataError: `path` cannot be opened.
        ImportStopped: `should_stop` returned True.
    """
    with open_source(path) as source:
        places = placed(source, label, columns)
        return _collect(source, places, dataset, on_progress, should_stop)


def _collect(
    source: Source,
    places: list[Place | str],
    dataset: Dataset | None,
    on_progress: Listener,
    should_stop: Stopper,
) -> Manifest:
    examples: list[Example] = []
    skipped = list(source.skipped)
    total, bytes_done = len(source.entries), 0
    for done, (entry, outcome) in enumerate(_examined(source, places, dataset), start=1):
        if isinstance(outcome, Example):
            examples.append(outcome)
        else:
            skipped.append(outcome)
        bytes_done += entry.size
        on_progress(Progress(done, total, bytes_done, source.total_bytes, entry.name))
        if should_stop():
            raise ImportStopped("The import was stopped.", remedy="Start it again when you like.")
    examples.sort(key=lambda e: (e.split or "", e.label, e.name))
    used = tuple(example for example in examples if example.label)
    return Manifest(
        name=source.name,
        source=source.name,
        classes=tuple(sorted({example.label for example in used})),
        examples=used,
        aside=tuple(example for example in examples if not example.label),
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
        self.dataset.store(digest, content)
        return shape
