"""What several sections of the Evaluate page read of a run's study, and what they say where there is none."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from tlcore.data.task_words import TaskWords
from tlcore.evaluate import analysis
from tlcore.evaluate.analysis import Analysis
from tlcore.runs.backend import BACKEND
from tlcore.runs.job import ALIVE
from tlcore.runs.run import Run

EVERY = "2s"
ENDED_EARLY = ("cancelled", "lost", "failed")


def analysis_of(run: Run) -> Analysis | None:
    """The study of a run, kept in memory as long as the file does not change; None where there is none."""
    return _read(str(run.folder), analysis.modified_ns(run.folder))


@st.cache_resource(max_entries=4, show_spinner=False)
def _read(folder: str, modified: int) -> Analysis | None:
    return analysis.read(Path(folder))


def show_missing(run: Run, what: str) -> None:
    """Say why there is no study, and look again while it is being made.

    Args:
        what: that is read off it, for example "the map".
    """
    is_busy = BACKEND.status(run).state in ALIVE
    st.fragment(_wait, run_every=EVERY if is_busy else None)(run, what, is_busy)


def _wait(run: Run, what: str, was_busy: bool) -> None:
    if analysis_of(run) is not None or was_busy != (BACKEND.status(run).state in ALIVE):
        st.rerun()
    if was_busy:
        st.info(
            f"The model is ready; {what} is still being worked out. It appears here by itself.",
            icon=":material/hourglass_empty:",
        )
        return
    if BACKEND.status(run).state in ENDED_EARLY:
        st.info(
            f"This run was stopped before {what} could be worked out. Go on with it, and it will be.",
            icon=":material/info:",
        )
        st.page_link("pages/train.py", label="Go on with it: Train", query_params={"run": run.id})
        return
    st.info(
        f"For this run {what} was not worked out: an older version of Graft trained it. Train again with the "
        "same settings, and it will be.",
        icon=":material/info:",
    )


def label_error_estimate(study: Analysis, words: TaskWords) -> str:
    """How many labels are likely wrong: what is listed is another number."""
    looked, likely = words.counted(study.examples), study.likely_errors
    if likely is None:
        return f"{looked.capitalize()} were looked through; an earlier version did not count likely errors."
    if not likely:
        return f"Of {looked}, hardly any is likely to be labelled wrong."
    return f"Of {looked}, about **{likely:,}** {'is' if likely == 1 else 'are'} likely to be labelled wrong."
