"""Disk use of the workspace, with buttons that empty the cache and the trash."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.datasets import import_jobs, preparation
from pages.components.shared.runs import speed_test
from pages.components.shared.text import counted, plain, show_error, size
from tlcore import system
from tlcore.errors import GraftError, printable
from tlcore.runs.experiments.experiment import experiments
from tlcore.runs.run import runs
from tlcore.runs.workers.backend import any_alive
from tlcore.workspace import Workspace, backbone_store, trash

PLACES = {"datasets": "Data sets", "runs": "Runs", "batches": "Batches", "cache": "Cache", "trash": "Deleted"}
CACHED = {
    "features": "Feature cache (results of frozen parts)",
    "weights": "Downloaded weights",
    "engines": "Converted networks",
    "rates": "Learning-rate finder results",
    "estimates": "Estimates of first models",
    "uploads": "Unfinished uploads",
    "measure": "Last speed measurement",
}
MOST_NAMED = 10  # deleted items in the dialog


def show() -> None:
    """Disk use by kind, the free space and both buttons.

    Raises:
        WorkspaceError: there is no workspace, and none can be made.
    """
    workspace = Workspace()
    used = {name: system.folder_bytes(workspace.root / name) for name in PLACES}
    with st.grid(5, min_column_width=120):
        for name, label in PLACES.items():
            st.metric(label, size(used[name]), border=True)
    free = system.free_bytes(workspace.folder())
    st.caption(
        f"{size(free)} free on this disk. The cache only saves time. If you delete it, Graft computes or "
        "downloads its files again when it needs them."
    )
    if networks := system.folder_bytes(workspace.root / backbone_store.FOLDER):
        st.caption(
            f"{size(networks)} more are networks that came in a `.keras` file. Each stays until the last run "
            "or experiment with it is deleted for good."
        )
    with st.container(horizontal=True):
        if st.button("Delete the cache", icon=":material/delete:", disabled=not used["cache"], key="cache"):
            _confirm_cache()
        if st.button("Delete “Recently deleted” for good", disabled=not used["trash"], key="trash"):
            _confirm_trash()


@st.dialog("Delete the cache?")
def _confirm_cache() -> None:
    workspace = Workspace()
    jobs = (*runs(workspace.runs), *experiments(workspace.experiments))
    working = any_alive(jobs)
    if working or import_jobs.is_busy() or speed_test.is_busy():
        remedy = "Stop it or wait until it ends."
        show_error(GraftError("A run, an import or a measurement is using the cache.", remedy=remedy))
        return
    st.markdown("\n".join(f"- {line}" for line in _in_cache(workspace)))
    st.caption(
        "Your data sets and models stay. Graft computes or downloads these files again when it needs them, "
        "which takes time. You cannot undo this."
    )
    if _is_confirmed("cache"):
        preparation.end_all()  # they give way to everything
        workspace.empty_cache()
        st.rerun()


def _in_cache(workspace: Workspace) -> list[str]:
    """The contents of the cache by folder, the largest first."""
    found = {
        item.name: system.folder_bytes(item) or item.stat().st_size for item in workspace.cache.iterdir()
    }
    names = sorted(found, key=lambda name: -found[name])
    return [f"{CACHED.get(name, plain(name))}: {size(found[name])}" for name in names if found[name]]


@st.dialog("Delete these items for good?")
def _confirm_trash() -> None:
    found = trash.trash_items(Workspace().root)
    st.markdown(
        f"You cannot undo this. It deletes {counted(len(found), 'item')} "
        f"({size(system.folder_bytes(Workspace().root / trash.FOLDER))}):"
    )
    st.markdown("\n".join(f"- {plain(printable(item.name, 60))}" for item in found[:MOST_NAMED]))
    if found[MOST_NAMED:]:
        st.caption(f"and {len(found) - MOST_NAMED} more")
    if _is_confirmed("trash"):
        Workspace().empty_trash()
        st.rerun()


def _is_confirmed(key: str) -> bool:
    """The two buttons at the end of a dialog; whether Delete was pressed."""
    with st.container(horizontal=True):
        sure = st.button("Delete", type="primary", icon=":material/delete:", key=f"{key}_for_sure")
        if st.button("Keep", key=f"{key}_keep"):
            st.rerun()
    return sure
