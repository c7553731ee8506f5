"""What Graft keeps on disk, and getting rid for good of what can go: the cache and the deleted items."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.datasets import import_jobs
from pages.components.shared.runs import speed_test
from pages.components.shared.text import counted, plain, show_error, size
from tlcore import system, trash
from tlcore.errors import GraftError, printable
from tlcore.runs.backend import BACKEND
from tlcore.runs.experiments.experiment import experiments
from tlcore.runs.job import ALIVE
from tlcore.runs.run import runs
from tlcore.workspace import Workspace

PLACES = {"datasets": "Data sets", "runs": "Runs", "batches": "Batches", "cache": "Cache", "trash": "Deleted"}
CACHED = {
    "features": "What frozen parts have computed",
    "weights": "Downloaded weights",
    "engines": "Converted networks",
    "rates": "Searches for learning rates",
    "uploads": "Files on their way in",
    "measure": "The last measurement of speed",
}
NAMED = 10  # deleted items


def show() -> None:
    """Disk used by data sets, runs and the cache, with a button for the cache and for the trash.

    Raises:
        WorkspaceError: there is no workspace, and nobody can make one.
    """
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
        if st.button("Delete the cache", icon=":material/delete:", disabled=not used["cache"], key="cache"):
            _ask_for_cache()
        if st.button("Empty the deleted items for good", disabled=not used["trash"], key="trash"):
            _ask_for_trash()


@st.dialog("Delete the cache?")
def _ask_for_cache() -> None:
    workspace = Workspace()
    jobs = (*runs(workspace.runs), *experiments(workspace.experiments))
    working = any(BACKEND.status(job).state in ALIVE for job in jobs)
    if working or import_jobs.is_busy() or speed_test.is_busy():
        remedy = "Stop it or wait for its end first."
        show_error(GraftError("A run, an import or a measurement is using the cache.", remedy=remedy))
        return
    st.markdown("\n".join(f"- {line}" for line in _in_cache(workspace)))
    st.caption(
        "No data set and no model goes, only time: what is needed again is computed or downloaded again. "
        "It cannot be undone."
    )
    if _is_sure("cache"):
        workspace.empty_cache()
        st.rerun()


def _in_cache(workspace: Workspace) -> list[str]:
    """What lies in the cache, by folder, the largest first."""
    found = {
        item.name: system.folder_bytes(item) or item.stat().st_size for item in workspace.cache.iterdir()
    }
    names = sorted(found, key=lambda name: -found[name])
    return [f"{CACHED.get(name, plain(name))}: {size(found[name])}" for name in names if found[name]]


@st.dialog("Empty the deleted items for good?")
def _ask_for_trash() -> None:
    found = trash.trash_items(Workspace().root)
    st.markdown(
        f"{counted(len(found), 'item')} of the last {trash.DAYS} days, "
        f"{size(system.folder_bytes(Workspace().root / trash.FOLDER))}, cannot be brought back then:"
    )
    st.markdown("\n".join(f"- {plain(printable(item.name, 60))}" for item in found[:NAMED]))
    if found[NAMED:]:
        st.caption(f"and {len(found) - NAMED} more")
    if _is_sure("trash"):
        Workspace().empty_trash()
        st.rerun()


def _is_sure(key: str) -> bool:
    """The two buttons at the end of a question; whether the person wants to."""
    with st.container(horizontal=True):
        sure = st.button("Delete", type="primary", icon=":material/delete:", key=f"{key}_for_sure")
        if st.button("Keep", key=f"{key}_keep"):
            st.rerun()
    return sure
