"""Import: whatever people bring becomes a data set, within bounds: pictures one by one, tables up to a size.

What is brought says which task it is for, and that task's reader in `READERS` looks at every example. The
manifest is written last: a data set is complete or not there.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Protocol, TypedDict, Unpack

import msgspec

from tlcore import system
from tlcore.data import readiness, text_store
from tlcore.data.dataset import Dataset
from tlcore.data.examples import table_file
from tlcore.data.importing import annotated, images, texts
from tlcore.data.importing.progress import Listener, Stopper
from tlcore.data.manifest import Example, Manifest, Skipped, Task
from tlcore.data.names import in_utf8
from tlcore.data.near_duplicates import Groups
from tlcore.data.tables.rows import GUESS_COLUMNS, ColumnNames
from tlcore.data.versions.edits import class_name
from tlcore.errors import DataError


class TaskReader(Protocol):
    """Reader of one task's sources."""

    def needed_bytes(self, path: Path) -> int:
        """Disk space that an import takes at most, in bytes."""

    def collect(
        self,
        path: Path,
        dataset: Dataset | None,
        on_progress: Listener,
        should_stop: Stopper,
        columns: ColumnNames,
        label: str | None,
    ) -> Manifest:
        """Every example looked at, and kept in `dataset` if given: the manifest before it is judged.

        `label` is the class of all of them, "" for none; None: as the source says.
        """

    def near_copies(self, dataset: Dataset, examples: Iterable[Example], should_stop: Stopper) -> Groups:
        """Groups of SHA-256 whose contents look the same, among examples that are kept in `dataset`."""


READERS: dict[Task, TaskReader] = {
    "images": images,
    "texts": texts,
    "detection": annotated,
    "segmentation": annotated,
}


def task_of(path: Path) -> Task:
    """The task that the examples in `path` are for.

    Raises:
        DataError: it cannot be opened.
    """
    if texts.looks_like_texts(path):
        return "texts"
    return annotated.task_in(path) or "images"


class SourceOptions(TypedDict, total=False):
    """Options for reading a source.

    on_progress, should_stop: called from this thread after each file.
    columns: names of a table's columns; the others are guessed.
    label: the class of all examples, "" for none; None: as folders or a table say.
    task: that the source is for, where it is known: to find out means to list it twice.
    unread_names: files that the browser could not read and so did not send; they are listed as skipped.
    source_name: the name of `source` for people, where it is a copy with another one.
    """

    on_progress: Listener | None
    should_stop: Stopper | None
    columns: ColumnNames
    label: str | None
    task: Task
    unread_names: tuple[str, ...]
    source_name: str


def import_data(
    source: Path,
    folder: Path,
    *,
    name: str,
    for_training: bool = True,
    allow_unfinished: bool = False,
    shrunk_to: int | None = None,
    generated: bool = False,
    credit: str = "",
    **options: Unpack[SourceOptions],
) -> Manifest:
    """Import `source` (a folder, archive or table) into the data set folder `folder`; returns its manifest.

    Args:
        for_training: False, for a set only to be scored, takes any classes and seeks no near copies.
        allow_unfinished: take what cannot be trained on yet, but can be added to and sorted; the manifest's
            `problem` says what is missing.
        shrunk_to, generated, credit: for the manifest.

    Raises:
        DataError: the set as a whole cannot be used. Nothing is left in `folder`.
        ImportStopped: `should_stop` returned True; nothing is left either.
    """
    dataset = Dataset(folder)
    if dataset.is_ready:
        raise DataError("There is a data set already.", received=folder.name)
    with _clean_unless_done(folder):
        manifest = collect(source, dataset, **options)
        name = in_utf8(name) or manifest.name
        manifest = msgspec.structs.replace(
            manifest, name=name, shrunk_to=shrunk_to, generated=generated, credit=credit
        )
        if for_training:
            alike = near_copies(dataset, (manifest,), options.get("should_stop"))
            manifest = msgspec.structs.replace(manifest, alike=alike)
            may_wait = allow_unfinished and _has_begun(manifest, options.get("label"))
            manifest = (readiness.with_problem if may_wait else readiness.check_ready)(manifest)
        dataset.write(manifest)
    return manifest


def _has_begun(manifest: Manifest, label: str | None) -> bool:
    """Tell whether it has something that a person can go on with: classes, a pile to sort, or one class."""
    return bool(len(manifest.classes) > 1 or manifest.aside or (label and manifest.examples))


def scan(source: Path, *, for_training: bool = True, **options: Unpack[SourceOptions]) -> Manifest:
    """The manifest that `import_data` would make of `source`, with the same errors; nothing is stored."""
    manifest = collect(source, None, **options)
    return readiness.check_ready(manifest) if for_training else manifest


def needed_bytes(source: Path, task: Task | None = None) -> int:
    """Disk space that an import of `source` takes at most, in bytes, for `Workspace.check_room`.

    Args:
        task: as in `SourceOptions`.

    Raises:
        DataError: as `import_data`, for a source that cannot be opened.
    """
    return READERS[task or task_of(source)].needed_bytes(source)


def collect(source: Path, dataset: Dataset | None, **options: Unpack[SourceOptions]) -> Manifest:
    """All of `source`, stored in `dataset` if given: the manifest before it is judged.

    Raises:
        DataError: it cannot be opened, or `label` is no name.
        ImportStopped: `should_stop` returned True.
    """
    listen = options.get("on_progress") or (lambda _: None)
    stop = options.get("should_stop") or (lambda: False)
    label = options.get("label")
    label = class_name(label) if label else label
    columns = options.get("columns", GUESS_COLUMNS)
    task = options.get("task") or task_of(source)
    manifest = READERS[task].collect(source, dataset, listen, stop, columns, label)
    lost = [
        Skipped(name, "The browser could not read it from the disk.")
        for name in options.get("unread_names", ())
    ]
    return msgspec.structs.replace(
        manifest,
        source=in_utf8(options.get("source_name") or manifest.source),
        skipped=(*manifest.skipped, *lost),
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    )


def near_copies(
    dataset: Dataset, manifests: Sequence[Manifest], should_stop: Stopper | None = None
) -> Groups:
    """Groups of contents that look the same, by SHA-256, among all examples of these, used or not.

    Args:
        manifests: of one task; what they speak of is kept in `dataset`.

    Raises:
        ImportStopped: `should_stop` returned True.
    """
    examples = chain.from_iterable(chain(manifest.examples, manifest.aside) for manifest in manifests)
    return READERS[manifests[0].task].near_copies(dataset, examples, should_stop or (lambda: False))


@contextmanager
def _clean_unless_done(folder: Path) -> Iterator[None]:
    """Start from an empty store (an earlier import may have been killed) and leave nothing after a failure.

    Only what an import writes is removed; a folder that this import made goes as well.
    """
    existed = folder.exists()

    def clear() -> None:
        for part in ("files", "thumbs"):
            shutil.rmtree(folder / part, ignore_errors=True)
        text_store.remove_texts(folder)
        (folder / table_file.FIRST).unlink(missing_ok=True)
        system.sweep_parts(folder)

    clear()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        clear()
        if not existed:
            shutil.rmtree(folder, ignore_errors=True)
        raise
