"""`code`: a finished run as a script and a notebook in plain Keras, with all that they need beside them.

The Export page starts this command without `--out`, for the networks that it takes time to write.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from tlcore.commands.shared.lines import key_value_lines
from tlcore.commands.shared.paths import own_path, path
from tlcore.commands.take_home.in_run import make_in_turn
from tlcore.errors import WorkspaceError
from tlcore.export.code.code_export import CodeExport
from tlcore.export.code.common import values
from tlcore.runs.job import ELSEWHERE, TAKEN, JobState, Reporter
from tlcore.runs.run import Run

render = key_value_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run and the folder."""
    parser.add_argument("run", type=path, help="a finished run")
    parser.add_argument("--out", type=own_path, help="the new folder to write it into")
    parser.add_argument("--with-pictures", action="store_true", help="put the pictures beside the code")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Write the code of a run, once the networks that it begins with are files."""
    run = Run.existing(Path(args.run).absolute())
    run.require_model()
    if args.out and os.path.lexists(args.out):
        raise WorkspaceError(TAKEN, received=args.out, remedy=ELSEWHERE)
    values.check(run.config())
    export = CodeExport(run)
    state: JobState = "done" if export.is_ready else _write_networks(export)
    if state == "done" and args.out:
        export.write(Path(args.out).absolute(), args.with_pictures)
    return {"state": state} | ({"folder": args.out} if args.out else {})


def _write_networks(export: CodeExport) -> JobState:
    def make_it(reporter: Reporter) -> tuple[JobState, str]:
        from tlcore.export.writers import code_networks

        reporter.stage("writing", "Writing the backbone")
        code_networks.write(export.run.config(), export.networks, reporter)
        return "done", "Ready"

    return make_in_turn(export, make_it)
