"""Import of pictures from a folder or archive: each is hashed, decoded once and stored as it came.

The reader of the task "images" for `importer.py`. Every file is either accepted or
skipped with a reason; only system files that nobody means to send are ignored. No pixel is decoded here:
`sandbox.py` does that in processes of its own.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
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
from tlcore.data.importing.image_labels import PILE, assign_classes
from tlcore.data.importing.progress import ImportProgress, ImportStopped, Listener, Stopper
from tlcore.data.manifest import Example, Manifest, Skipped
from tlcore.data.near_duplicates import Groups, group_pictures
from tlcore.data.tables.rows import GUESS_COLUMNS, ColumnNames
from tlcore.errors import PictureError
from tlcore.look_ahead import finished, look_ahead

IN_FLIGHT = 100_000_000  # bytes of files read and not yet examined; one more may be read
THUMB_BYTES = 6_000  # a generous guess for one
WORK: sandbox.ImageFunction = examine  # what is done to each picture, in a child


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
    columns: ColumnNames = GUESS_COLUMNS,
    label: str | None = None,
) -> Manifest:
    """Read every file: the manifest before it is judged. The pictures are stored in `dataset`, if given.

    Args:
        label: the class of all of them, "" for none; None: as folders or a table say.

    Raises:
        DataError: `path` cannot be opened.
        ImportStopped: `should_stop` returned True.
    """
    with open_source(path) as source:
        places = assign_classes(source, label, columns)
        return collect_places(source, places, dataset, on_progress, should_stop)


def near_copies(dataset: Dataset, examples: Iterable[Example], should_stop: Stopper) -> Groups:
    """Groups of SHA-256 whose pictures look the same. Where an older data set has no looks, thumbnails do.

    Raises:
        ImportStopped: `should_stop` returned True.
    """
    pause = partial(check_stop, should_stop)
    looked_at = [e if e.look is not None else _with_statistics(dataset, e, pause) for e in examples]
    return group_pictures(dataset, looked_at, pause)


def _with_statistics(dataset: Dataset, example: Example, pause: Callable[[], None]) -> Example:
    """The example with the look of its thumbnail, which this program wrote; as it is where there is none."""
    from tlcore.data.images import statistics  # loads SciPy, which few imports need in this process

    pause()
    try:
        with Image.open(dataset.thumbnail(example.sha256), formats=("JPEG",)) as image:
            return msgspec.structs.replace(example, look=statistics.measure(image.convert("RGB"), ""))
    except OSError:
        return example


def collect_places(
    source: FileSource,
    places: Sequence[ClassAssignment | str],
    dataset: Dataset | None,
    on_progress: Listener,
    should_stop: Stopper,
) -> Manifest:
    """The same for an open source.

    Args:
        places: of its entries, in order, or why one belongs nowhere.
    """
    examples: list[Example] = []
    skipped = list(source.skipped)
    total, bytes_done = len(source.entries), 0
    for done, (entry, outcome) in enumerate(_examine_all(source, places, dataset, should_stop), start=1):
        if isinstance(outcome, Example):
            examples.append(outcome)
        else:
            skipped.append(outcome)
        bytes_done += entry.size
        on_progress(ImportProgress(done, total, bytes_done, source.total_bytes, entry.name))
        check_stop(should_stop)
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


def check_stop(should_stop: Stopper) -> None:
    """Leave where somebody has asked for it.

    Raises:
        ImportStopped: they have.
    """
    if should_stop():
        raise ImportStopped("The import was stopped.", remedy="Start it again when you like.")


@dataclass(frozen=True)
class _Job:
    """One entry on its way: the content that it turned out to have, "" where it is not read."""

    entry: FileEntry
    place: ClassAssignment = PILE
    sha256: str = ""
    bytes: int = 0

    def outcome(self, image: DecodedImage) -> Example | Skipped:
        name, place = self.entry.name, self.place
        if image.refusal:
            return Skipped(name, image.refusal)
        return Example(
            self.sha256, name, place.label, image.width, image.height, self.bytes, place.split, image.look
        )


def _examine_all(
    source: FileSource, places: Sequence[ClassAssignment | str], dataset: Dataset | None, should_stop: Stopper
) -> Iterator[tuple[FileEntry, Example | Skipped]]:
    """Entries with their outcomes, in order: read here one after the other, examined in children."""
    children = sandbox.children_for(len(source.entries))
    least = -(-IN_FLIGHT // (2 * children + 1))  # so that many small files are not all read at once
    with _Examiner(dataset, children) as examiner:
        jobs = (examiner.submit(*pair) for pair in zip(source.entries, places, strict=True))
        for job, image in look_ahead(
            jobs, IN_FLIGHT, weight=lambda job: max(least, job.bytes), should_stop=should_stop
        ):
            examiner.remember(job.sha256, image)
            yield job.entry, job.outcome(image)
    check_stop(should_stop)


class _Examiner:
    """Stores each content once and has it examined once.

    Without a data set the contents lie in a temporary folder while they are examined.
    """

    def __init__(self, dataset: Dataset | None, children: int) -> None:
        self._keeps = dataset is not None
        self._opened = ExitStack()
        if dataset is None:
            dataset = Dataset(Path(self._opened.enter_context(tempfile.TemporaryDirectory())))
        self._dataset = dataset
        self._images = _images_of(dataset)
        self._running: dict[str, Future[DecodedImage]] = {}
        self._pool = ThreadPoolExecutor(children, thread_name_prefix="import")
        self._opened.callback(self._pool.shutdown, cancel_futures=True)
        # ends first, and frees who waits for it
        self._sandbox = self._opened.enter_context(sandbox.Sandbox(WORK))

    def __enter__(self) -> _Examiner:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def submit(self, entry: FileEntry, place: ClassAssignment | str) -> tuple[_Job, Future[DecodedImage]]:
        """Read one entry and have it examined. One that belongs nowhere (`place` says why) is not read."""
        if isinstance(place, str):
            return _Job(entry), finished(DecodedImage(refusal=place))
        try:
            content = entry.read()
        except PictureError as error:
            return _Job(entry), finished(DecodedImage(refusal=error.what))
        job = _Job(entry, place, hashlib.sha256(content).hexdigest(), len(content))
        if image := self._images.get(job.sha256):
            return job, finished(image)
        if job.sha256 not in self._running:
            self._running[job.sha256] = self._pool.submit(self._examine, job.sha256, content)
        return job, self._running[job.sha256]

    def remember(self, sha256: str, image: DecodedImage) -> None:
        """Keep a result for further files with the same content, in place of its future, which is larger."""
        if self._running.pop(sha256, None):
            self._images[sha256] = image

    def _examine(self, sha256: str, content: bytes) -> DecodedImage:
        """In a thread of the pool. What is refused does not stay, unless it was there before."""
        file = self._dataset.file(sha256)
        stays = file.is_file()
        self._dataset.store(sha256, content)
        try:
            image = self._sandbox.run(file, self._dataset.thumbnail(sha256) if self._keeps else None)
            stays = stays or (self._keeps and not image.refusal)
        finally:
            if not stays:
                file.unlink(missing_ok=True)
        return image


def _images_of(dataset: Dataset) -> dict[str, DecodedImage]:
    """Results for the pictures that a data set holds already, by SHA-256; none for a new one."""
    if not dataset.is_ready:
        return {}
    manifest = dataset.read()
    return {
        e.sha256: DecodedImage(e.width, e.height, e.look)
        for e in (*manifest.examples, *manifest.aside)
        if e.look
    }
