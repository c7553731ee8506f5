"""`sample`: photos that come with Graft, or pictures or texts that the computer makes, as a data set."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tlcore.commands.shared.datasets import as_job, check_free, import_into
from tlcore.commands.shared.lines import key_value_lines
from tlcore.commands.shared.paths import own_path
from tlcore.data.manifest import Manifest
from tlcore.data.samples.images import make_sample
from tlcore.data.samples.photos import CREDIT, PHOTOS
from tlcore.data.samples.texts import make_text_sample
from tlcore.runs.job import Job, Reporter
from tlcore.workspace import Workspace


@dataclass(frozen=True)
class Sample:
    """A sample: its name, and either a folder to import or a function that makes it in an empty one."""

    name: str
    source: Path | Callable[[Path], Path]
    credit: str = ""


PHOTO_SAMPLE = Sample("Hand signs", PHOTOS, CREDIT)
TEXT_SAMPLE = Sample("Sample texts", make_text_sample)
DRAWN_SAMPLE = Sample("Drawn fruit", make_sample)
render = key_value_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The data set's folder and its task."""
    parser.add_argument("--out", type=own_path, required=True, help="the data set's folder")
    parser.add_argument("--task", choices=("images", "texts"), default="images")
    parser.add_argument("--drawn", action="store_true", help="pictures that the computer draws, not photos")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Import the sample of a task as a data set."""
    check_free(Path(args.out))
    sample = TEXT_SAMPLE if args.task == "texts" else DRAWN_SAMPLE if args.drawn else PHOTO_SAMPLE

    def act(job: Job, reporter: Reporter) -> Manifest:
        if isinstance(sample.source, Path):
            source, name, credit = sample.source, sample.name, sample.credit
            return import_into(source, job, reporter, name, source_name=name, credit=credit)
        reporter.stage("drawing", f"Making {sample.name.lower()}")
        with tempfile.TemporaryDirectory(dir=Workspace().uploads) as folder:
            made = sample.source(Path(folder))
            return import_into(made, job, reporter, sample.name, generated=True)

    return as_job(Path(args.out), act)
