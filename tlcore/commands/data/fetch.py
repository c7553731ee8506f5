"""`fetch`: a public data set by name, downloaded, checked and imported as one job; or a list of them."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from tlcore.commands.shared import datasets
from tlcore.commands.shared.lines import key_value_lines
from tlcore.commands.shared.paths import own_path
from tlcore.data.importing.progress import ImportProgress
from tlcore.data.manifest import Manifest
from tlcore.data.samples import public_datasets
from tlcore.errors import DataError
from tlcore.runs.job import Job, Reporter
from tlcore.workspace import Workspace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The set's name and the folder for it."""
    parser.add_argument("set", nargs="?", metavar="NAME", help="which; none: list them")
    parser.add_argument("--list", action="store_true", help="list what there is")
    parser.add_argument("--out", type=own_path, help="the data set's folder")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Fetch the set NAME into the data set folder OUT, or list what there is.

    Raises:
        DataError: no such set, no folder for it, no network, or other bytes than the published ones.
    """
    if args.list or not args.set:
        return {"public": [_told(entry) for entry in public_datasets.PUBLIC.values()]}
    chosen = public_datasets.find_public_set(args.set)
    if not args.out:
        raise DataError("Where to?", remedy="Name a new folder for the data set with --out.")
    datasets.check_free(Path(args.out))

    def act(job: Job, reporter: Reporter) -> Manifest:
        Workspace().check_room(chosen.needed_bytes)
        reporter.stage("downloading", f"Downloading {chosen.title}")

        def on_progress(progress: ImportProgress) -> None:
            said = f"Downloading {chosen.title} · {_of(progress.bytes_done, progress.bytes_total)}"
            reporter.progress(progress.bytes_done, progress.bytes_total, said)

        with tempfile.TemporaryDirectory(dir=Workspace().uploads, prefix="fetch-") as folder:
            archive = public_datasets.fetch(chosen.id, Path(folder), on_progress, job.stop_requested)
            return datasets.import_into(archive, job, reporter, chosen.title)

    return datasets.as_job(Path(args.out), act)


def _told(entry: public_datasets.PublicSet) -> dict[str, Any]:
    return {
        "id": entry.id,
        "title": entry.title,
        "pictures": entry.pictures,
        "classes": len(entry.classes),
        "bytes": entry.bytes,
        "licence": entry.licence,
        "page": entry.page,
    }


def _of(done: int, total: int) -> str:
    return f"{done / 1e6:,.0f} of {total / 1e6:,.0f} MB"


def render(result: dict[str, Any]) -> str:
    """The list, or the data set that was imported."""
    if "public" not in result:
        return key_value_lines(result)
    rows = [
        f"{entry['id']:<14} {entry['pictures']:>7,} pictures  {entry['classes']:>3} classes  "
        f"{entry['bytes'] / 1e6:>5,.0f} MB  {entry['licence']:<12} {entry['page']}"
        for entry in result["public"]
    ]
    return "\n".join([*rows, "Fetch one with `python -m tlcore fetch NAME --out DATASET`."])
