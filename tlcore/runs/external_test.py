"""Tests of a finished run on other data than its own, kept below its folder until somebody deletes them.

`tests/<id>/` is a job whose worker is `python -m tlcore evaluate RUN DATA --job FOLDER`. It holds `test.json`
once it has ended, and `data/`, what was asked as a data set whose original files are gone: what is left of
it are thumbnails or texts, for looking at.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from tlcore import system
from tlcore.data.dataset import Dataset
from tlcore.evaluate.report import Score
from tlcore.records import JsonType
from tlcore.runs.job import Job
from tlcore.runs.run import Run

FOLDER = "tests"
FILE = "test.json"
MOST = 20  # kept with one run


class ExternalTestResult(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in `test.json`.

    `name` is what people call the data. `score.split` is "test" where the data came with a test part, which
    alone was asked then; else "all". `unknown` counts the examples of classes that the model does not know.
    `seen` holds the SHA-256 of those that the run learned or chose its best epoch from; None: its data are
    gone, so nobody can tell. `data` is the data set's folder where it is one of the workspace. `edition` is
    that of the run's model that was asked.
    """

    name: str
    created: str
    score: Score
    unknown: dict[str, int]
    seen: tuple[str, ...] | None
    skipped: int = 0
    data: str = ""
    edition: str = ""


OUTCOME = JsonType(ExternalTestResult)


class ExternalTest(Job):
    """The folder of one such test."""

    @property
    def brought(self) -> Path:
        """The folder of the data that were brought for it."""
        return self.folder / "data"

    @property
    def has_ended_well(self) -> bool:
        return (self.folder / FILE).is_file()

    def outcome(self) -> ExternalTestResult | None:
        """The result; None while it is at work, or where it ended badly."""
        return OUTCOME.read_or(self.folder / FILE, None)

    def write(self, outcome: ExternalTestResult) -> None:
        system.write_atomic(self.folder / FILE, msgspec.json.encode(outcome))

    def dataset(self, outcome: ExternalTestResult) -> Dataset:
        """The data set that holds the examples of its answers."""
        return Dataset(Path(outcome.data) if outcome.data else self.brought)

    def drop_originals(self) -> None:
        """Free the disk that only answering needed."""
        shutil.rmtree(self.brought / "files", ignore_errors=True)


def external_tests_of(run: Run) -> list[ExternalTest]:
    """The tests of a run, the newest first, those at work or ended badly among them."""
    found = [ExternalTest(folder) for folder in (run.folder / FOLDER).glob("*/")]
    return sorted(found, key=lambda test: -test.recorded().started)
