"""A list of runs: the state and the accuracy of each, and a link to it."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.run_names import run_label, run_names
from pages.components.shared.text import percent, plain
from tlcore.backbones.catalogue import catalogue
from tlcore.errors import GraftError
from tlcore.runs import run_records
from tlcore.runs.backend import BACKEND
from tlcore.runs.job import Status
from tlcore.runs.run import Run

BADGES = {
    "new": ("Not started", ":material/schedule:", "gray"),
    "queued": ("Waiting", ":material/hourglass_empty:", "orange"),
    "running": ("Running", ":material/play_circle:", "blue"),
    "done": ("Ready", ":material/check_circle:", "green"),
    "cancelled": ("Stopped", ":material/stop_circle:", "gray"),
    "failed": ("Failed", ":material/error:", "red"),
    "lost": ("Interrupted", ":material/power_off:", "orange"),
}


def badge(status: Status) -> None:
    """The state of a run as a coloured word."""
    label, icon, colour = BADGES[status.state]
    st.badge(label, icon=icon, color=colour)  # type: ignore[arg-type]


def device_badge(status: Status) -> None:
    """The device that trains, or has trained, a run."""
    st.badge(plain(status.device or "device not chosen yet"), icon=":material/memory:", color="gray")


def show(runs: list[Run]) -> None:
    """One row for each run."""
    names = run_names()
    for run in runs:
        with st.container(
            border=True, horizontal=True, vertical_alignment="center", key=key_of("row", run.id)
        ):
            st.page_link(
                "pages/train.py",
                label=run_label(run.id, names.get(run.id, "")),
                icon=":material/star:" if run_records.read_notes(run.folder).starred else None,
                query_params={"run": run.id},
                width="stretch",
            )
            st.caption(backbone_name(run), width="content")
            st.markdown(accuracy_text(run), width="content")
            badge(BACKEND.status(run))


def backbone_name(run: Run) -> str:
    """The name of the run's backbone, or an empty string when its settings cannot be read."""
    try:
        return plain(catalogue.get(run.config().backbone).name)
    except GraftError:
        return ""


def accuracy_text(run: Run) -> str:
    """The test accuracy as Markdown, or a dash."""
    try:
        return f"**{percent(run.report().test.accuracy)}** right"
    except GraftError:
        return "–"
