"""`import`: a data set of its own, or more for one that is there: the worker behind the Data page.

Either is a job: in the folder of the new data set, or in one below the data set that is added to.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from tlcore import system
from tlcore.commands.shared import datasets
from tlcore.data.dataset import Dataset
from tlcore.data.importing import additions
from tlcore.data.importing.importer import task_of
from tlcore.data.manifest import Manifest
from tlcore.data.task_words import WORDS
from tlcore.errors import DataError, GraftError, printable
from tlcore.records import JsonType, MalformedJson
from tlcore.runs.job import Job, Reporter
from tlcore.workspace import Workspace, new_id


def import_(args: argparse.Namespace) -> dict[str, Any]:
    """Import a folder, archive or table as a data set, or into one."""
    source = datasets.existing(Path(args.source))
    with sent(source, args):
        return _import(args, source)


def _import(args: argparse.Namespace, source: Path) -> dict[str, Any]:
    about = {
        "label": args.label,
        "shrunk_to": args.shrunk_to,
        "called": args.called,
        "not_sent": not_sent(args.not_sent),
        "columns": datasets.columns_of(args),
    }
    if args.into:
        return _add(args, source, **about)
    folder, name = Path(args.out), args.name or source.stem
    datasets.check_free(folder)

    def act(job: Job, reporter: Reporter) -> Manifest:
        with called(source, args.called):
            return datasets.import_into(source, job, reporter, name, unfinished=True, **about)

    return datasets.as_job(folder, act)


@contextmanager
def sent(source: Path, args: argparse.Namespace) -> Iterator[None]:
    """What `--remove-source` and `--not-sent` delete goes as the last step, once the work within is whole.

    Work that is refused, fails, or is stopped leaves a person's files alone. A copy in the workspace's
    uploads goes however it ends: a page made it, the person has what it was made from, and nobody would look
    for it there. Of a killed command the next upload sweeps it up.
    """
    files = [source] if args.remove_source and source.is_file() else []
    files += [Path(args.not_sent)] if args.not_sent else []
    uploads = Workspace().root / "cache" / "uploads"
    try:
        yield
    except BaseException:
        files = [file for file in files if file.absolute().parent == uploads]
        raise
    finally:
        for file in files:
            file.unlink(missing_ok=True)


@contextmanager
def called(source: Path, name: str) -> Iterator[None]:
    """What goes wrong with `source` is said of it by the name that people know, if it has another."""
    try:
        yield
    except GraftError as error:
        if name and error.received == printable(source.name):
            error.received = printable(name)
        raise


_NAMES = JsonType(tuple[str, ...])


def not_sent(file: str | None) -> tuple[str, ...]:
    """The names in a JSON list written by the page."""
    if not file:
        return ()
    try:
        names = _NAMES.read(Path(file))
    except (OSError, MalformedJson) as error:
        raise DataError(
            "The list of files that were not sent cannot be read.",
            received=file,
            remedy="Give a JSON list of names.",
        ) from error
    return names


def _add(args: argparse.Namespace, source: Path, **about: Any) -> dict[str, Any]:
    """Add `source` to the data set INTO; `about` is what `adding.add` shall know of it.

    Raises:
        DataError: there is no data set, or nothing that can be added to it.
    """
    if not datasets.is_dataset(Path(args.into)):
        raise DataError("There is no data set at that place.", received=args.into, remedy="Import one first.")
    dataset = Dataset(Path(args.into).absolute())
    folder = Path(args.job) if args.job else dataset.folder / additions.FOLDER / new_id("add")
    Job(folder).check_place({"status.json"})

    def act(job: Job, reporter: Reporter) -> Manifest:
        with called(source, args.called):
            datasets.check_room(source, dataset.folder)
            doing = f"Adding {WORDS[task_of(source)].many}"
            reporter.stage("adding", doing)
            listen, stop = datasets.listener(reporter, doing), job.stop_requested
            made = additions.add(source, dataset, on_progress=listen, should_stop=stop, **about)
        system.write_atomic(
            job.folder / additions.ADDED, msgspec.json.encode(additions.Addition(made.version))
        )
        return made

    return datasets.as_job(folder, act, dataset) | {"data": str(dataset.folder)}
