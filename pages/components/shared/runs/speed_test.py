"""Measuring the speed of models from a page: one job in the workspace's cache, which every tab shows."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components.shared.job_bar import job_bar
from pages.components.shared.text import show_error
from tlcore.errors import GraftError
from tlcore.runs.job import ALIVE, Job
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace


def job() -> Job:
    return Job(Workspace().root / "cache" / "measure")


def is_busy() -> bool:
    return BACKEND.status(job()).state in ALIVE


def start_measurement(runs: Sequence[Run]) -> None:
    """Measure these runs, in a process of its own.

    Raises:
        GraftError: it could not be started.
    """
    BACKEND.start(job(), ["measure", *(str(run.folder) for run in runs)])


def watch() -> None:
    """Its progress while it works, and its error if it failed."""
    st.fragment(_show, run_every="1s" if is_busy() else None)(is_busy())


def _show(was_busy: bool) -> None:
    status = BACKEND.status(job())
    if status.state not in ALIVE:
        if was_busy:
            st.rerun()
        if status.state in ("failed", "lost") or status.error:
            _failed(status.error)
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="measuring"):
        count = f" · {status.done + 1} of {status.total}" if status.total > 1 else ""
        job_bar(job(), status, "stop_measuring", count)


def _failed(error: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        show_error(GraftError(error or "The measurement was interrupted: its process is gone."))
        if st.button("Dismiss", key="dismiss_measuring"):
            Workspace().discard(job().folder)
            st.rerun()
