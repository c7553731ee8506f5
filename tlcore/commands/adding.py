"""`import … --into DATASET`: the worker that adds to a data set, as a job in a folder of its own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import msgspec

from tlcore import system
from tlcore.commands import data
from tlcore.data import adding
from tlcore.data.dataset import Dataset
from tlcore.data.importing import task_of
from tlcore.data.manifest import Manifest
from tlcore.data.words import WORDS
from tlcore.errors import DataError
from tlcore.runs.job import Job, Reporter
from tlcore.workspace import new_id


def add(args: argparse.Namespace, source: Path, **about: Any) -> dict[str, Any]:
    """Add `source` to the data set INTO; `about` is what `adding.add` shall know of it.

    Raises:
        DataError: there is no data set, or nothing that can be added to it.
    """
    if not data.is_dataset(Path(args.into)):
        raise DataError("There is no data set at that place.", received=args.into, remedy="Import one first.")
    dataset = Dataset(Path(args.into).absolute())
    folder = Path(args.job) if args.job else dataset.folder / adding.FOLDER / new_id("add")

    def act(job: Job, reporter: Reporter) -> Manifest:
        data.check_room(source, dataset.folder)
        reporter.stage("adding", f"Adding {WORDS[task_of(source)].many}")
        made = adding.add(
            source,
            dataset,
            on_progress=data.listener(reporter, f"Adding {WORDS[task_of(source)].many}"),
            should_stop=job.stop_requested,
            **about,
        )
        system.write_atomic(job.folder / adding.ADDED, msgspec.json.encode(adding.Added(made.version)))
        return made

    return data.as_job(folder, act, dataset) | {"data": str(dataset.folder)}
