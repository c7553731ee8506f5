"""`sample`: pictures or texts that the computer makes, imported as a data set."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from tlcore.commands.shared.datasets import as_job, check_free, import_into
from tlcore.commands.shared.lines import key_value_lines
from tlcore.commands.shared.paths import own_path
from tlcore.data.manifest import Manifest
from tlcore.data.samples.images import make_sample
from tlcore.data.samples.texts import make_text_sample
from tlcore.runs.job import Job, Reporter
from tlcore.workspace import Workspace

SAMPLES = {"images": (make_sample, "Sample pictures"), "texts": (make_text_sample, "Sample texts")}
render = key_value_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The data set's folder and its task."""
    parser.add_argument("--out", type=own_path, required=True, help="the data set's folder")
    parser.add_argument("--task", choices=("images", "texts"), default="images")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Make the sample of a task and import it as a data set."""
    check_free(Path(args.out))
    make, name = SAMPLES[args.task]

    def act(job: Job, reporter: Reporter) -> Manifest:
        reporter.stage("drawing", f"Making the {name.lower()}")
        with tempfile.TemporaryDirectory(dir=Workspace().uploads) as made:
            return import_into(make(Path(made)), job, reporter, name, generated=True)

    return as_job(Path(args.out), act)
