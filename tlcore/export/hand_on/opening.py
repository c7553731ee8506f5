"""Opening a file that holds a run: a job that unpacks it, looks at all of it, tries the model, and only then
puts the run in its place. Stopped or refused, it leaves nothing.

Its folder is `cache/openings/<id>/`; `opened.json` in it names the run once it is there.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import msgspec

from tlcore import system
from tlcore.data.dataset import Dataset
from tlcore.errors import RunError
from tlcore.export.hand_on import bundle, contents, own_data, trial
from tlcore.export.hand_on.unpack import OpeningStopped, unpack
from tlcore.records import JsonType
from tlcore.runs.job import ALIVE, ELSEWHERE, TAKEN, Job, Reporter
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace, new_id
from tlcore.workspace.refusals import list_folder

OLD = 24 * 3600.0  # seconds after which the folder of one that was killed is removed


class OpeningResult(msgspec.Struct, frozen=True):
    """`opened.json`: where the run is, how many answers of its model were compared with its report, and
    whether its data set is on this computer.
    """

    folder: str
    compared: int
    has_data: bool


_RESULT = JsonType(OpeningResult)


class Opening(Job):
    """One opening, seen by those who watch it."""

    @classmethod
    def new(cls, workspace: Workspace) -> Opening:
        """One that has a folder, and nothing in it."""
        return cls(workspace.folder("cache", "openings", new_id("run")))

    @property
    def _result_file(self) -> Path:
        return self.folder / "opened.json"

    def result(self) -> OpeningResult | None:
        """The run that came of it; None: none (yet)."""
        return _RESULT.read_or(self._result_file, None)

    def open(self, file: Path, target: Path, reporter: Reporter) -> OpeningResult:
        """Make of `file` the run `target`.

        Raises:
            RunError: there is something in that place, or what the file holds is refused.
            ArchiveError: the file is refused as a whole.
            OpeningStopped: somebody asked to stop.
        """
        check_free(target)
        run = Run(self.folder / "run")
        try:
            run.folder.mkdir(parents=True)
            opened = self._make(file, run, target, reporter)
            check_free(target)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.move(run.folder, target)
            except BaseException:
                shutil.rmtree(target, ignore_errors=True)
                raise
        finally:
            shutil.rmtree(run.folder, ignore_errors=True)
        system.write_atomic(self._result_file, msgspec.json.encode(opened))
        return opened

    def _make(self, file: Path, run: Run, target: Path, reporter: Reporter) -> OpeningResult:
        """The run in `run`'s folder, ready to be moved."""
        reporter.stage("unpacking", "Unpacking the file")
        unpack(file, run.folder, reporter.progress, self.stop_requested)
        reporter.stage("checking", "Looking at its files")
        contents.check(run.folder)
        self._heed()
        dataset = own_data.settle(run, target, Workspace().datasets)
        if dataset is None:
            own_data.redraw_thumbnails(Dataset(run.folder / bundle.DATA), self.stop_requested)
        reporter.stage("trying", "Trying the model")
        compared = trial.try_model(run, dataset or Dataset(run.folder / bundle.DATA), self.stop_requested)
        self._heed()
        Reporter(run).end("done", "Opened from a file")
        return OpeningResult(str(target), compared, dataset is not None)

    def _heed(self) -> None:
        if self.stop_requested():
            raise OpeningStopped


def check_free(target: Path) -> None:
    """Refuse a place where something is.

    Raises:
        RunError: so it is.
    """
    if os.path.lexists(target):
        raise RunError(TAKEN, received=target, remedy=ELSEWHERE)


def openings(workspace: Workspace) -> list[Opening]:
    """All that are at work, or ended without anybody having looked, newest first."""
    found = list_folder(workspace.root / "cache" / "openings")
    return [Opening(folder) for folder in sorted(found, key=system.age)]


def sweep(jobs: Iterable[Job]) -> None:
    """Remove what old openings (or other such jobs) left that were killed, or that nobody looked at."""
    for job in jobs:
        if system.age(job.folder) > OLD and BACKEND.status(job).state not in ALIVE:
            with contextlib.suppress(OSError):
                shutil.rmtree(job.folder)
