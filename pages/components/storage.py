"""What Graft keeps on disk, deleting it, and taking a deletion back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from pages.components import importing, measuring
from pages.components.addresses import forget
from pages.components.chosen import summary
from pages.components.words import isolated, show_error, size
from tlcore import system
from tlcore.data.dataset import Dataset
from tlcore.errors import DataError, GraftError, RunError
from tlcore.runs import elsewhere, notes
from tlcore.runs.batch import is_answering
from tlcore.runs.experiment import Experiment, experiments
from tlcore.runs.job import ALIVE
from tlcore.runs.run import Run, runs
from tlcore.workspace import Workspace

PLACES = {"datasets": "Data sets", "runs": "Runs", "batches": "Batches", "cache": "Cache", "trash": "Deleted"}


def show() -> None:
    """Disk used by data sets, runs and the cache, with a button for the cache and for the trash."""
    workspace = Workspace()
    used = {name: system.folder_bytes(workspace.root / name) for name in PLACES}
    with st.grid(5, min_column_width=120):
        for name, label in PLACES.items():
            st.metric(label, size(used[name]), border=True)
    free = system.free_bytes(workspace.folder())
    st.caption(
        f"{size(free)} of disk are free. The cache only saves time; deleting it loses nothing else. "
        "Weights that were downloaded into it are downloaded again when they are needed."
    )
    with st.container(horizontal=True):
        if st.button("Delete the cache", icon=":material/delete:", disabled=not used["cache"]):
            _delete_cache(workspace)
        if st.button("Empty the deleted items for good", disabled=not used["trash"]):
            workspace.empty_trash()
            st.session_state.pop("discarded", None)
            st.rerun()


def _delete_cache(workspace: Workspace) -> None:
    jobs = (*runs(workspace.runs), *experiments(workspace.experiments))
    working = any(job.status().state in ALIVE for job in jobs)
    if working or importing.is_busy() or measuring.is_busy():
        remedy = "Stop it or wait for its end first."
        show_error(GraftError("A run, an import or a measurement is using the cache.", remedy=remedy))
        return
    workspace.empty_cache()
    st.rerun()


def delete_button(folder: Path, label: str, key: str) -> None:
    """A button that moves `folder` to the trash and offers to take that back."""
    if st.button(label, icon=":material/delete:", key=key):
        try:
            discard([folder])
        except GraftError as error:
            show_error(error)
            return
        st.rerun()


def discard(folders: Sequence[Path]) -> None:
    """Move data sets or runs to the trash and remember them for `undo_bar`; all of them, or none.

    Raises:
        GraftError: one of them is in use, or cannot be moved.
    """
    for folder in folders:
        _check_unused(folder)
    lie: list[str] = []
    try:
        for folder in folders:
            lie.append(str(Workspace().discard(folder)))
    except (GraftError, OSError) as error:
        for moved in lie:
            Workspace().restore(Path(moved))
        if isinstance(error, GraftError):
            raise
        raise GraftError("It cannot be deleted.", received=error) from error
    st.session_state["discarded"] = lie
    for folder in folders:
        forget(folder.name)


def _check_unused(folder: Path) -> None:
    """Refuse to delete what something at work still needs: itself, its data, the runs that it builds on."""
    remedy = "Stop it or wait for its end."
    for job in importing.additions(Dataset(folder)):
        if job.status().state in ALIVE:
            raise DataError("Something is being added to it.", received=folder.name, remedy=remedy)
    if elsewhere.is_busy(Run(folder)):
        raise RunError("It is being tested on other data.", received=folder.name, remedy=remedy)
    if is_answering(Workspace().batches, Run(folder)):
        raise RunError("It is answering a batch.", received=folder.name, remedy=remedy)
    for run in runs(Workspace().runs):
        if run.status().state in ALIVE and str(folder) in _needs(run):
            raise RunError("A run is using it.", received=run.id, remedy=remedy)
    for experiment in experiments(Workspace().experiments):
        if experiment.status().state in ALIVE and str(folder) in _takes(experiment):
            raise RunError("An experiment is using it.", received=experiment.id, remedy=remedy)


def _needs(run: Run) -> set[str | None]:
    try:
        config = run.config()
    except GraftError:
        return {str(run.folder)}
    return {str(run.folder), config.data, config.start_from}


def _takes(experiment: Experiment) -> set[str | None]:
    try:
        record = experiment.record()
    except GraftError:
        return {str(experiment.folder)}
    arms = {str(experiment.run(entry).folder) for entry in record.entries if entry.run}
    return {str(experiment.folder), record.asked.config.data, *arms}


def undo_bar() -> None:
    """After a deletion: what was deleted, and the way back."""
    lie = [Path(item) for item in st.session_state.get("discarded", ()) if Path(item).exists()]
    if not lie:
        return
    what = _called(lie[0]) if len(lie) == 1 else f"{len(lie)} runs"
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"Deleted {what}.", width="stretch")
        if st.button("Undo", icon=":material/undo:", key="undo_delete"):
            try:
                for item in lie:
                    Workspace().restore(item)
            except GraftError as error:
                show_error(error)
                return
            del st.session_state["discarded"]
            st.rerun()


def _called(discarded: Path) -> str:
    """What people know it by: the name that somebody gave it, or else its folder's."""
    dataset = Dataset(discarded)
    given = summary(dataset).name if dataset.is_ready else notes.read(discarded).name
    return isolated(given or discarded.name.split("~", 2)[-1])
