"""The analysis of a run, read once for several sections of the page, and the message where there is none."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from tlcore.evaluate import analysis
from tlcore.evaluate.analysis import Analysis
from tlcore.runs.job import ALIVE
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND

EVERY = "2s"
ENDED_EARLY = ("cancelled", "lost", "failed")


def analysis_of(run: Run) -> Analysis | None:
    """Analysis of a run, kept in memory until the file changes; None where there is none."""
    return _read(str(run.folder), analysis.modified_ns(run.folder))


@st.cache_resource(max_entries=4, show_spinner=False)
def _read(folder: str, modified: int) -> Analysis | None:
    return analysis.read(Path(folder))


def show_missing(run: Run, part: str) -> None:
    """Say why there is no analysis, and look again while it is being made.

    Args:
        part: the part of it that is wanted, for example "the map".
    """
    if run.is_brought:
        st.info(
            f"This model came from a file. Train it further, and the new run has {part}.",
            icon=":material/info:",
        )
        st.page_link(
            "pages/train.py", label="Train it further on the Train page", query_params={"run": run.id}
        )
        return
    is_busy = BACKEND.status(run).state in ALIVE
    st.fragment(_wait, run_every=EVERY if is_busy else None)(run, part, is_busy)


def _wait(run: Run, part: str, was_busy: bool) -> None:
    if analysis_of(run) is not None or was_busy != (BACKEND.status(run).state in ALIVE):
        st.rerun()
    if was_busy:
        st.info(
            f"The model is ready. Graft is still working on {part}, which will appear here.",
            icon=":material/hourglass_empty:",
        )
        return
    if BACKEND.status(run).state in ENDED_EARLY:
        st.info(
            f"This run was stopped before {part} was ready. Resume the run to get it.",
            icon=":material/info:",
        )
        st.page_link("pages/train.py", label="Resume it on the Train page", query_params={"run": run.id})
        return
    st.info(
        f"An older version of Graft trained this run, without {part}. Train again with the same settings to "
        "get it.",
        icon=":material/info:",
    )
