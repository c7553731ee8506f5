"""Pictures from a folder or an archive: each looked at once, hashed, decoded whole and kept as it came in.

The reader of the task "images" for `importer.py`. What was sent is always what was accepted plus what was
skipped; only system files that nobody means to send are left out of that sum. No pixel is decoded here:
`sandbox.py` does that in processes of its own.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import msgspec
from PIL import Image

from tlcore.data.dataset import Dataset
from tlcore.data.files.open_source import open_source
from tlcore.data.files.source import FileEntry, FileSource
from tlcore.data.images import sandbox
from tlcore.data.images.sandbox_worker import DecodedImage, examine
from tlcore.data.importing.folder_labels import ClassAssignment
from tlcore.data.importing.image_labels import placed
from tlcore.data.importing.progress import ImportProgress, ImportStopped, Listener, Stopper
from tlcore.data.manifest import Example, Manifest, Skipped
from tlcore.data.near_duplicates import Groups, alike_pictures
from tlcore.data.tables.rows import GUESSED, ColumnNames
from tlcore.errors import PictureError

IN_FLIGHT = 200_000_000  # bytes of files read and not yet checked
THUMB_BYTES = 6_000  # a generous guess for one
WORK: sandbox.ImageFunction = examine  # what is done to each picture, in a child
_PATIENCE = 0.5  # seconds between two looks at `should_stop` while a picture takes long


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


def near_copies(dataset: Dataset, examples: Iterable[Example], should_stop: Stopper) -> Groups:
    """Groups of SHA-256 whose pictures look the same. Where an older data set has no looks, thumbnails do.

    Raises:
        ImportStopped: `should_stop` returned True.
    """
    pause = partial(_check, should_stop)
    looked_at = [e if e.look is not None else _measured(dataset, e, pause) for e in examples]
    return alike_pictures(dataset, looked_at, pause)


def _measured(dataset: Dataset, example: Example, pause: Callable[[], None]) -> Example:
    """The example with the look of its thumbnail, which this program wrote; as it is where there is none."""
    from tlcore.data.images import statistics  # loads SciPy, which few imports need in this process

    pause()
    try:
        with Image.open(dataset.thumbnail(example.sha256), formats=("JPEG",)) as image:
            return msgspec.structs.replace(example, look=statistics.look(image.convert("RGB"), ""))
    except OSError:
        return example


def _collect(
    source: FileSource,
    places: list[ClassAssignment | str],
    dataset: Dataset | None,
    on_progress: Listener,
    should_stop: Stopper,
) -> Manifest:
    examples: list[Example] = []
    skipped = list(source.skipped)
    total, bytes_done = len(source.entries), 0
    for done, (entry, outcome) in enumerate(_examined(source, places, dataset, should_stop), start=1):
        if isinstance(outcome, Example):
            examples.append(outcome)
        else:
            skipped.append(outcome)
        bytes_done += entry.size
        on_progress(ImportProgress(done, total, bytes_done, source.total_bytes, entry.name))
        _check(should_stop)
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


def _check(should_stop: Stopper) -> None:
    if should_stop():
        raise ImportStopped("The import was stopped.", remedy="Start it again when you like.")


def _examined(
    source: FileSource, places: list[ClassAssignment | str], dataset: Dataset | None, should_stop: Stopper
) -> Iterator[tuple[FileEntry, Example | Skipped]]:
    """Each entry and what became of it, in order: read here one after the other, examined in children."""
    waiting: deque[tuple[FileEntry, Callable[[], Example | Skipped]]] = deque()
    in_flight = 0
    with _Examiner(dataset, len(source.entries), should_stop) as examiner:
        for entry, place in zip(source.entries, places, strict=True):
            while waiting and (len(waiting) > 2 * examiner.children or in_flight + entry.size > IN_FLIGHT):
                first, outcome = waiting.popleft()
                in_flight -= first.size
                yield first, outcome()
            waiting.append((entry, examiner.start(entry, place)))
            in_flight += entry.size
        while waiting:
            first, outcome = waiting.popleft()
            yield first, outcome()


class _Examiner:
    """Keeps each content once and has it examined once, ahead of whoever asks for the outcome.

    Without a data set the contents lie in a temporary folder while they are examined.
    """

    def __init__(self, dataset: Dataset | None, files: int, should_stop: Stopper) -> None:
        self.children = sandbox.children_for(files)
        self._should_stop = should_stop
        self._keeps = dataset is not None
        self._opened = ExitStack()
        if dataset is None:
            dataset = Dataset(Path(self._opened.enter_context(tempfile.TemporaryDirectory())))
        self._dataset = dataset
        self._seen = _known(dataset)
        self._running: dict[str, Future[DecodedImage]] = {}
        self._pool = ThreadPoolExecutor(self.children, thread_name_prefix="import")
        self._opened.callback(self._pool.shutdown, cancel_futures=True)
        self._apart = self._opened.enter_context(
            sandbox.Sandbox(WORK)
        )  # ends first, and frees who waits for it

    def __enter__(self) -> _Examiner:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def start(self, entry: FileEntry, place: ClassAssignment | str) -> Callable[[], Example | Skipped]:
        """Read one entry and have it examined; its outcome, for later. One that belongs nowhere is not read.

        The outcome raises ImportStopped when that is asked for while it is awaited.
        """
        if isinstance(place, str):
            return partial(Skipped, entry.name, place)
        try:
            content = entry.read()
        except PictureError as error:
            return partial(Skipped, entry.name, error.what)
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 not in self._seen and sha256 not in self._running:
            self._running[sha256] = self._pool.submit(self._examine, sha256, content)
        return partial(self._outcome, entry.name, place, sha256, len(content))

    def _outcome(self, name: str, place: ClassAssignment, sha256: str, size: int) -> Example | Skipped:
        while sha256 not in self._seen:
            try:
                self._seen[sha256] = self._running[sha256].result(_PATIENCE)
                del self._running[sha256]
            except TimeoutError:
                _check(self._should_stop)
        seen = self._seen[sha256]
        if seen.refused:
            return Skipped(name, seen.refused)
        return Example(sha256, name, place.label, seen.width, seen.height, size, place.split, seen.look)

    def _examine(self, sha256: str, content: bytes) -> DecodedImage:
        """In a thread of the pool. What is refused does not stay, unless it was there before."""
        file = self._dataset.file(sha256)
        stays = file.is_file()
        self._dataset.store(sha256, content)
        try:
            seen = self._apart.see(file, self._dataset.thumbnail(sha256) if self._keeps else None)
            stays = stays or (self._keeps and not seen.refused)
        finally:
            if not stays:
                file.unlink(missing_ok=True)
        return seen


def _known(dataset: Dataset) -> dict[str, DecodedImage]:
    """What is known already of the pictures of a data set that is added to, by SHA-256."""
    if not dataset.is_ready:
        return {}
    manifest = dataset.read()
    return {
        e.sha256: DecodedImage(e.width, e.height, e.look)
        for e in (*manifest.examples, *manifest.aside)
        if e.look
    }
