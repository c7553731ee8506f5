"""Deleting entries: a dialog that names the effects, then a move to the trash, with Undo.

Everything that a person can delete goes through here. `trash_list.py` shows the workspace's trash to
everybody; the bar with Undo appears only in the session that deleted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from pages.components.shared.datasets import import_jobs, preparation
from pages.components.shared.selection.addresses import forget
from pages.components.shared.selection.entry_kinds import KINDS, entry_name, kind_of
from pages.components.shared.text import plain, show_error, size
from pages.components.shared.trash import delete_effects
from tlcore import system
from tlcore.data.dataset import Dataset
from tlcore.errors import DataError, GraftError, RunError
from tlcore.export import model_export
from tlcore.runs import external_test
from tlcore.runs.batches.batch import is_answering
from tlcore.runs.experiments.experiment import Experiment, experiments
from tlcore.runs.job import ALIVE, Job
from tlcore.runs.run import Run, runs
from tlcore.runs.workers.backend import BACKEND, any_alive
from tlcore.serve import model_server
from tlcore.workspace import Workspace
from tlcore.workspace.trash import DAYS

IN_DETAIL = 3  # entries; for more only their names are shown
DELETED = "discarded"  # in the session: the paths in the trash of its last deletion
UNDO_NOTE = (
    f"You can bring it back for {DAYS} days, from “Recently deleted” at the end of this page. "
    "If the disk fills up before, the oldest are removed first."
)


def delete_button(folder: Path, key: str, then: Callable[[], object] = lambda: None) -> None:
    """A button that deletes the entry in `folder` after a confirmation.

    Args:
        then: called after the deletion, before the page is drawn again.
    """
    if st.button(f"Delete this {kind_of(folder).one}", icon=":material/delete:", key=key):
        confirm_delete([folder], key, then)


def confirm_delete(folders: Sequence[Path], key: str, then: Callable[[], object] = lambda: None) -> None:
    """Ask in a dialog whether to delete these entries of one kind; `key` is the key of the opening button."""
    kind = kind_of(folders[0])
    title = f"Delete this {kind.one}?" if len(folders) == 1 else f"Delete {len(folders)} {kind.many}?"
    st.dialog(title)(_question)(folders, key, then)


def _question(folders: Sequence[Path], key: str, then: Callable[[], object]) -> None:
    try:
        for folder in folders:
            _check_unused(folder)
    except GraftError as error:
        show_error(error)
        return
    for folder in folders:
        st.markdown(
            f"**{entry_name(kind_of(folder), folder, folder.name)}** · {size(system.folder_bytes(folder))}"
        )
        if len(folders) <= IN_DETAIL:
            st.markdown("\n".join(f"- {line}" for line in delete_effects.of(folder)))
            st.caption(f"Folder: {plain(folder.name)}")
    st.caption(UNDO_NOTE)
    with st.container(horizontal=True):
        if st.button("Delete", type="primary", icon=":material/delete:", key=f"{key}_for_sure"):
            try:
                discard(folders)
            except GraftError as error:
                show_error(error)
                return
            then()
            st.rerun()
        if st.button("Keep", key=f"{key}_keep"):
            st.rerun()


def discard(folders: Sequence[Path]) -> None:
    """Move entries to the trash and remember them for `undo_bar`; all of them, or none.

    Raises:
        GraftError: one of them is in use, or cannot be moved.
    """
    for folder in folders:
        _check_unused(folder)
    for folder in folders:
        if kind_of(folder) is KINDS["datasets"]:
            preparation.end_all(Dataset(folder))
    paths: list[str] = []
    try:
        for folder in folders:
            paths.append(str(Workspace().discard(folder)))
    except GraftError:
        for moved in paths:
            Workspace().restore(Path(moved))
        raise
    st.session_state[DELETED] = paths
    for folder in folders:
        forget(folder.name)


def _check_unused(folder: Path) -> None:
    """Raise if a job at work needs the entry: the job itself, its data, or a run that it starts from."""
    remedy = "Stop it or wait until it ends."
    _check_own_jobs(folder, remedy)
    for run in runs(Workspace().runs):
        if BACKEND.status(run).state in ALIVE and str(folder) in _run_inputs(run):
            raise RunError("A run is using it.", received=run.id, remedy=remedy)
    for experiment in experiments(Workspace().experiments):
        if BACKEND.status(experiment).state in ALIVE and str(folder) in _experiment_inputs(experiment):
            raise RunError("An experiment is using it.", received=experiment.id, remedy=remedy)
    if BACKEND.status(Job(folder)).state in ALIVE:
        raise RunError("It is still running.", received=folder.name, remedy=remedy)


def _check_own_jobs(folder: Path, remedy: str) -> None:
    """Raise if a job that works inside the entry, or by its model, is not at its end."""
    for job in import_jobs.additions(Dataset(folder)):
        if BACKEND.status(job).state in ALIVE:
            raise DataError("Examples are being added to it.", received=folder.name, remedy=remedy)
    run = Run(folder)
    if any_alive(external_test.external_tests_of(run)):
        raise RunError("It is being tested on other data.", received=folder.name, remedy=remedy)
    if model_export.is_busy(run):
        raise RunError("A file of it is being made.", received=folder.name, remedy=remedy)
    if model_server.is_busy(run):
        remedy = "Stop its server on the Export page first."
        raise RunError("Its model answers on a server.", received=folder.name, remedy=remedy)
    if is_answering(Workspace().batches, run):
        raise RunError("It is working on a batch.", received=folder.name, remedy=remedy)


def _run_inputs(run: Run) -> set[str | None]:
    try:
        config = run.config()
    except GraftError:
        return {str(run.folder)}
    return {str(run.folder), config.data, config.start_from}


def _experiment_inputs(experiment: Experiment) -> set[str | None]:
    try:
        record = experiment.record()
    except GraftError:
        return {str(experiment.folder)}
    arms = {str(experiment.run(entry).folder) for entry in record.entries if entry.run}
    return {str(experiment.folder), record.asked.config.data, *arms}


def undo_bar() -> None:
    """The last deletion of this session, with Undo."""
    paths = [Path(item) for item in st.session_state.get(DELETED, ()) if Path(item).exists()]
    if not paths:
        return
    _, kind, id = paths[0].name.split("~", 2)
    name = entry_name(KINDS[kind], paths[0], id) if len(paths) == 1 else _count(paths)
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"Deleted {name}.", width="stretch")
        if st.button("Undo", icon=":material/undo:", key="undo_delete"):
            try:
                for item in paths:
                    Workspace().restore(item)
            except GraftError as error:
                show_error(error)
                return
            del st.session_state[DELETED]
            st.rerun()


def _count(paths: Sequence[Path]) -> str:
    """The number of entries of each kind: "one data set and 2 runs"."""
    kinds = Counter(path.name.split("~", 2)[1] for path in paths)
    parts = [f"one {KINDS[kind].one}" if n == 1 else f"{n} {KINDS[kind].many}" for kind, n in kinds.items()]
    return " and ".join(parts)
