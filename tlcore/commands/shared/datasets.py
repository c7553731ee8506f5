"""The data that a command names: a data set, or a folder, archive or table that is imported first."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from tlcore import system
from tlcore.data import checks, text_store
from tlcore.data.dataset import Dataset
from tlcore.data.examples import table_file
from tlcore.data.files.open_source import walk
from tlcore.data.files.own_folders import OWN_FOLDER
from tlcore.data.importing.importer import import_data, needed_bytes, task_of
from tlcore.data.importing.progress import ImportProgress
from tlcore.data.importing.source_names import path_name
from tlcore.data.manifest import Manifest, Task
from tlcore.data.tables.rows import GUESS_COLUMNS, ColumnNames
from tlcore.data.task_words import WORDS
from tlcore.errors import DataError, printable
from tlcore.runs.job import Job, Reporter
from tlcore.shortage import explain
from tlcore.workspace import Workspace, check_dataset, slug

T = TypeVar("T")
DATA = "a folder with one folder per class, an archive of it, or a table"
# What an import that was cut off leaves.
LEFT_BEHIND = {"status.json", "files", "thumbs", *text_store.FILES, table_file.FIRST}


def add_columns(parser: argparse.ArgumentParser) -> None:
    """The options that `columns_of` reads."""
    parser.add_argument("--text-column", metavar="NAME", help="the column of a table with the texts")
    parser.add_argument("--label-column", metavar="NAME", help="the one with their classes")


def columns_of(args: argparse.Namespace) -> ColumnNames:
    """The columns that the command names."""
    return ColumnNames(args.text_column, args.label_column)


def summary(manifest: Manifest, dataset: Dataset | None = None) -> dict[str, Any]:
    """The contents of a data set and its problems; `dataset`: the folder that holds it.

    `classes` counts examples, and `boxes`, where there are any, the boxes. Of what was accepted, `unused` is
    set aside; `problem` is why it cannot be trained on yet.
    """
    splits = Counter(example.split or "unassigned" for example in manifest.examples)
    boxes = manifest.box_counts()
    return {
        "classes": manifest.counts(),
        **({"boxes": boxes} if boxes else {}),
        "accepted": len(manifest.examples) + len(manifest.aside),
        "skipped": [{"name": item.name, "reason": item.reason} for item in manifest.skipped],
        "splits": dict(splits),
        "unused": len(manifest.aside),
        "problem": manifest.problem,
        "warnings": list(manifest.warnings),
        "problems": [
            {"kind": it.kind, "said": f"{it.title}. {it.message}", "examples": sum(map(len, it.groups))}
            for it in checks.problems(dataset, manifest)
        ],
    }


def check_free(folder: Path) -> None:
    """Refuse to import into a folder that holds anything but what an import that was cut off left there.

    Raises:
        DataError: it holds a data set already.
        RunError: it holds something else.
    """
    if (folder / "manifest.json").is_file():
        raise DataError("There is a data set already.", received=folder, remedy="Choose a new folder.")
    job = Job(folder)
    job.check_place(LEFT_BEHIND if job.recorded().state != "new" else ())


def as_job(folder: Path, act: Any, dataset: Dataset | None = None) -> dict[str, Any]:
    """Run `act(job, reporter)`, which makes a manifest, with its outcome written into the folder's status.

    `dataset`: what it changes; None: it makes the one in that folder.
    """
    manifest = record_outcome(folder, act, "The import was stopped.")
    return {"data": str(folder)} | summary(manifest, dataset or Dataset(folder))


def record_outcome(folder: Path, act: Callable[[Job, Reporter], T], stopped: str) -> T:
    """Run `act` and return its result; however it ends is written into the folder's status.

    Args:
        stopped: the message when the keyboard stopped it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    job = Job(folder)
    reporter = Reporter(job)
    try:
        made = act(job, reporter)
    except KeyboardInterrupt:
        reporter.end("cancelled", error=stopped)
        raise
    except BaseException as error:
        if told := explain(error):
            reporter.end("cancelled" if job.stop_requested() else "failed", error=str(told))
            raise told from error
        reporter.end("failed", error=f"Something unexpected happened: {type(error).__name__}: {error}.")
        raise
    reporter.end("done", "Ready")
    return made


def import_into(
    source: Path, job: Job, reporter: Reporter, name: str, folder: Path | None = None, **about: Any
) -> Manifest:
    """Import with progress into `folder`, or else the job's own; `about` as `import_data` takes it."""
    folder = folder or job.folder
    task = task_of(source)
    check_room(source, folder, task)
    doing = f"Reading the {WORDS[task].many}"
    reporter.stage("importing", doing)
    return import_data(
        source,
        folder,
        name=name,
        task=task,
        on_progress=report_progress(reporter, doing),
        should_stop=job.stop_requested,
        **about,
    )


def check_room(source: Path, folder: Path, task: Task | None = None) -> None:
    """Refuse before anything is written what the disk, the workspace or the data set in `folder` cannot take.

    Args:
        task: that `source` is for, where it is known.

    Raises:
        WorkspaceError: it cannot.
        DataError: `source` cannot be opened.
    """
    needed = needed_bytes(source, task)
    Workspace().check_room(needed, folder)
    check_dataset(needed, folder)


def report_progress(reporter: Reporter, doing: str) -> Callable[[ImportProgress], None]:
    """A listener that writes progress into the job's status: by count, and by bytes where there are some."""

    def on_progress(progress: ImportProgress) -> None:
        said = f"{doing} · {progress.done:,} of {progress.total:,}"
        if progress.bytes_total:
            said += f" · {progress.bytes_done / 1e6:,.0f} of {progress.bytes_total / 1e6:,.0f} MB"
        reporter.progress(progress.done, progress.total, said)

    return on_progress


def open_data(path: Path, workspace: Workspace, columns: ColumnNames = GUESS_COLUMNS) -> Dataset:
    """The data set at `path`; a folder, archive or table is imported into the workspace first, once."""
    if is_dataset(path):
        return dataset_at(path)
    source = existing_path(path)
    dataset = Dataset(workspace.datasets / _content_id(source, columns))
    with system.file_lock(workspace.queue / f"{dataset.id}.lock"):  # two commands may want the same data
        if not dataset.is_ready:
            try:  # as a job, so that the pages see an import at work
                as_job(
                    dataset.folder,
                    lambda job, reporter: import_into(
                        source, job, reporter, path_name(source, source.name), columns=columns
                    ),
                )
            except BaseException:  # whoever typed the command is told why: nothing is left for the pages
                shutil.rmtree(dataset.folder, ignore_errors=True)
                raise
    say_left_out(item.name for item in dataset.read().skipped if item.reason == OWN_FOLDER)
    return dataset


def say_left_out(folders: Iterable[str]) -> None:
    """Say on the terminal which folders among the data are our own, and so are none of them."""
    for folder in folders:
        print(f"{printable(folder)}: {OWN_FOLDER}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def open_for_reading(
    path: Path, workspace: Workspace, columns: ColumnNames = GUESS_COLUMNS
) -> Iterator[Dataset]:
    """A data set for one look: as `open_data`, but what was not imported before is gone afterwards."""
    known = Dataset(
        path if is_dataset(path) else workspace.datasets / _content_id(existing_path(path), columns)
    )
    if known.is_ready:
        yield Dataset(known.folder.absolute())
        return
    workspace.check_room(needed_bytes(path))
    folder = Path(tempfile.mkdtemp(prefix="look-", dir=workspace.uploads))
    try:
        found = import_data(path, folder, name=path.name, for_training=False, columns=columns)
        say_left_out(item.name for item in found.skipped if item.reason == OWN_FOLDER)
        yield Dataset(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_dataset(path: Path) -> bool:
    """Tell whether `path` is an imported data set; a person's own folder may hold a `manifest.json` too."""
    return Dataset(path).is_ready and ((path / "files").is_dir() or bool(text_store.texts_file(path)))


def dataset_at(path: Path) -> Dataset:
    """The data set at `path`, for a run or a test that writes down where it is.

    Raises:
        DataError: the path holds bytes that are no UTF-8.
    """
    if not system.is_text(str(path.absolute())):
        remedy = "Give that folder another name."
        raise DataError("The path of this data set is no UTF-8.", received=path, remedy=remedy)
    return Dataset(path.absolute())


def existing_path(path: Path) -> Path:
    """`path`, made absolute.

    Raises:
        DataError: nothing is there, or what gives no end or makes everybody wait: a device, a pipe.
    """
    if not path.exists():
        raise DataError("There is nothing at that path.", received=path)
    if not (path.is_file() or path.is_dir()):
        raise DataError("That is neither a file nor a folder.", received=path, remedy="Give one of them.")
    return path.absolute()


def _content_id(source: Path, columns: ColumnNames) -> str:
    """A folder name that changes when the source's files change (their names, sizes or dates)."""
    digest = hashlib.sha256(str(source).encode(errors="replace"))
    if columns != GUESS_COLUMNS:
        digest.update(repr(columns).encode(errors="replace"))
    files = [source] if source.is_file() else sorted(walk(source))
    for file in files:
        found = file.lstat()
        digest.update(f"{os.fsencode(file)!r} {found.st_size} {found.st_mtime_ns}\n".encode())
    return f"{slug(source.stem)}-{digest.hexdigest()[:8]}"
