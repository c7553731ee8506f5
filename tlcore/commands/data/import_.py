"""`import`: a data set of its own, or more for one that is there: the worker behind the Data page.

Either is a job: in the folder of the new data set, or in one below the data set that is added to.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import msgspec

from tlcore import system
from tlcore.commands.shared import datasets
from tlcore.commands.shared.lines import key_value_lines
from tlcore.commands.shared.paths import own_path, path
from tlcore.commands.shared.uploads import add_upload_options, naming_source, removing_source, skipped_names
from tlcore.data.dataset import Dataset
from tlcore.data.importing import additions
from tlcore.data.importing.importer import task_of
from tlcore.data.importing.source_names import path_name
from tlcore.data.manifest import Manifest
from tlcore.data.task_words import WORDS
from tlcore.errors import DataError
from tlcore.runs.job import Job, Reporter
from tlcore.workspace import new_id

render = key_value_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The source, where it goes, and its options."""
    parser.add_argument("source", type=path)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", type=own_path, help="the folder of the new data set")
    where.add_argument(
        "--into", type=own_path, metavar="DATASET", help="the data set to add it to, as a new version"
    )
    parser.add_argument("--label", metavar="CLASS", help="put all of it into one class")
    parser.add_argument("--job", type=own_path, metavar="FOLDER", help="where an addition says how far it is")
    parser.add_argument("--name", help="what people call it")
    parser.add_argument(
        "--shared-by", metavar="PERSON", help="copy the data set of the id SOURCE, which this person shares"
    )
    add_upload_options(parser)
    datasets.add_columns(parser)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Import a folder, archive or table as a data set, or into one."""
    if args.shared_by:
        return _copy(args)
    source = datasets.existing_path(Path(args.source))
    with removing_source(source, args):
        return _import(args, source)


def _import(args: argparse.Namespace, source: Path) -> dict[str, Any]:
    about = {
        "label": args.label,
        "shrunk_to": args.shrunk_to,
        "source_name": args.called,
        "unread_names": skipped_names(args.not_sent),
        "columns": datasets.columns_of(args),
    }
    if args.into:
        return _add(args, source, **about)
    folder, name = Path(args.out), args.name or path_name(source, source.stem)
    datasets.check_free(folder)

    def act(job: Job, reporter: Reporter) -> Manifest:
        with naming_source(source, args.called):
            return datasets.import_into(source, job, reporter, name, allow_unfinished=True, **about)

    return datasets.as_job(folder, act)


def _copy(args: argparse.Namespace) -> dict[str, Any]:
    """Copy what somebody else on this server shares."""
    from tlcore.people import copies, sharing  # 60 ms, which no other import needs

    if not args.out:
        raise DataError("A copy needs a place.", remedy="Give --out.")
    offer, folder = sharing.find(args.shared_by, "datasets", str(args.source)), Path(args.out)
    datasets.check_free(folder)

    def act(job: Job, reporter: Reporter) -> None:
        reporter.stage("copying", "Copying the data set")
        copies.copy_dataset(offer, folder, reporter.progress, job.stop_requested)

    datasets.record_outcome(folder, act, "The copy was stopped.")
    return {"data": str(folder)}


def _add(args: argparse.Namespace, source: Path, **about: Any) -> dict[str, Any]:
    """Add `source` to the data set INTO; `about` is what `additions.add` takes.

    Raises:
        DataError: there is no data set, or nothing that can be added to it.
    """
    if not datasets.is_dataset(Path(args.into)):
        raise DataError("There is no data set at that place.", received=args.into, remedy="Import one first.")
    dataset = Dataset(Path(args.into).absolute())
    folder = Path(args.job) if args.job else dataset.folder / additions.FOLDER / new_id("add")
    Job(folder).check_place({"status.json"})

    def act(job: Job, reporter: Reporter) -> Manifest:
        with naming_source(source, args.called):
            datasets.check_room(source, dataset.folder)
            doing = f"Adding {WORDS[task_of(source)].many}"
            reporter.stage("adding", doing)
            listen, stop = datasets.report_progress(reporter, doing), job.stop_requested
            made = additions.add(source, dataset, on_progress=listen, should_stop=stop, **about)
        system.write_atomic(
            job.folder / additions.RESULT_FILE, msgspec.json.encode(additions.Addition(made.version))
        )
        return made

    return datasets.as_job(folder, act, dataset) | {"data": str(dataset.folder)}
