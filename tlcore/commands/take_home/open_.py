"""`open`: a run from a file that somebody handed on. The pages start exactly this command."""

from __future__ import annotations

import argparse
import re
import shutil
from pathlib import Path
from typing import Any

from tlcore.commands.shared.datasets import existing_path, record_outcome
from tlcore.commands.shared.paths import own_path, path
from tlcore.commands.shared.uploads import naming_source, removing_source
from tlcore.errors import ArchiveError
from tlcore.export.hand_on import opening
from tlcore.export.hand_on.opening import Opening, OpeningResult, check_free
from tlcore.export.hand_on.unpack import ASK, NO_BUNDLE, STOPPED
from tlcore.runs.job import Job, Reporter
from tlcore.workspace import Workspace, new_id

ENDING = re.compile(r"-\d{8}-\d{6}-[0-9a-f]{4}$")  # of what `new_id` gave: the run has an id of its own here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, the folder of the run, and what a page adds."""
    parser.add_argument("file", type=path, help="a file that `hand-on` or the Export page has made")
    parser.add_argument("--out", type=own_path, help="the folder of the run (default: one in the workspace)")
    parser.add_argument("--job", type=own_path, metavar="FOLDER", help="where it says how far it is")
    parser.add_argument("--called", metavar="NAME", default="", help="of the file, where a renamed copy")
    parser.add_argument("--remove-source", action="store_true", help="delete the file once all is done")
    parser.set_defaults(not_sent=None)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Open the file as a run with an id of its own."""
    file = existing_path(Path(args.file))
    if not file.is_file():
        raise ArchiveError(NO_BUNDLE, received=file, remedy=ASK)
    workspace = Workspace()
    name = ENDING.sub("", Path(args.called or file.name).stem)
    target = Path(args.out).absolute() if args.out else workspace.runs / new_id(name)
    check_free(target)
    opening.sweep(opening.openings(workspace))
    job = Opening(Path(args.job).absolute()) if args.job else Opening.new(workspace)

    def act(_: Job, reporter: Reporter) -> OpeningResult:
        with naming_source(file, args.called):
            return job.open(file, target, reporter)

    try:
        with removing_source(file, args):
            opened = record_outcome(job.folder, act, STOPPED)
    finally:
        if not args.job:
            shutil.rmtree(job.folder, ignore_errors=True)
    return {"run": opened.folder, "compared": opened.compared, "has_data": opened.has_data}


def render(result: dict[str, Any]) -> str:
    """Where the run is, and what was held against its report."""
    tried = "its model answers"
    if result["compared"]:
        tried = f"its model answers {result['compared']:,} test examples as its report says"
    data = "Its data set is here." if result["has_data"] else "Its data set is not on this computer."
    return f"{result['run']}: {tried}. {data}"
