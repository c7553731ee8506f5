"""The end of a presentation: what it made goes to the trash, where it can be brought back."""

from __future__ import annotations

from pages.components.presentation.state import Presentation
from pages.components.shared.selection.selection import all_runs
from pages.components.shared.trash import delete
from tlcore.data.dataset import Dataset
from tlcore.errors import GraftError
from tlcore.runs.job import Job
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace.refusals import writing

MARK = ".presentation"  # in the folder of a data set that a presentation made: an address may name any


def mark(presentation: Presentation) -> None:
    """Note that the presentation made its data set.

    Raises:
        WorkspaceError: the workspace cannot be written.
    """
    with writing():
        (presentation.dataset.folder / MARK).touch()


def keep(presentation: Presentation) -> None:
    """Let its data set be a person's from now on."""
    with writing():
        (presentation.dataset.folder / MARK).unlink(missing_ok=True)


def put_back(presentation: Presentation) -> bool:
    """Delete the data set that the presentation made and every run on it, ending those that are at work;
    returns whether there was one.

    Raises:
        GraftError: one of them is in use by something else, or cannot be moved.
    """
    dataset = presentation.dataset
    if not presentation.data or not (dataset.folder / MARK).exists():
        return False
    jobs = [*(Job(run.folder) for run in all_runs() if _learned_from(run, dataset)), Job(dataset.folder)]
    for job in jobs:
        BACKEND.cancel(job, 0)
    delete.discard([job.folder for job in jobs])
    return True


def _learned_from(run: Run, dataset: Dataset) -> bool:
    try:
        return run.config().data == str(dataset.folder)
    except GraftError:
        return False
