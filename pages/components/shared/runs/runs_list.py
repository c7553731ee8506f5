"""A list of runs: the state and the accuracy of each, and a link to it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.components.shared.selection.experiment_runs import ExperimentRuns, fold
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.run_names import run_label, run_names
from pages.components.shared.text import plain
from tlcore.backbones.catalogue import catalogue
from tlcore.errors import GraftError
from tlcore.runs import run_records
from tlcore.runs.job import Status
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND

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
    """The device that trains, or has trained, a run, and its machine where that is not this one."""
    place = f" on {status.node}" if status.node else ""
    device = f"{status.device}{place}" if status.device else "device not chosen yet"
    st.badge(plain(device), icon=":material/memory:", color="gray")


def show(runs: list[Run], most: int) -> None:
    """A row for each run, and one that opens for those of an experiment; so many rows at most."""
    names, by_id = run_names(), {run.id: run for run in runs}
    for row in fold(list(by_id))[:most]:
        if isinstance(row, ExperimentRuns):
            _show_folded(row, by_id)
        else:
            _show_row(by_id[row], run_label(row, names.get(row, "")))


def _show_folded(row: ExperimentRuns, by_id: Mapping[str, Run]) -> None:
    key = key_of("experiment", row.id)
    box = st.expander(plain(row.title), icon=":material/science:", key=key, on_change="rerun")
    if box.open:
        with box:
            st.page_link(
                "pages/compare.py",
                label="What came of it",
                icon=":material/arrow_forward:",
                query_params={"experiment": row.id},
            )
            for id, label in row.labels.items():
                _show_row(by_id[id], plain(label))


def _show_row(run: Run, label: str) -> None:
    """The row of a run; its label is Markdown."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=key_of("row", run.id)):
        st.page_link(
            "pages/train.py",
            label=label,
            icon=":material/star:" if run_records.read_notes(run.folder).starred else None,
            query_params={"run": run.id},
            width="stretch",
        )
        st.caption(backbone_name(run), width="content")
        st.markdown(score_text(run), width="content")
        badge(BACKEND.status(run))


def backbone_name(run: Run) -> str:
    """The name of the run's backbone, or an empty string when its settings cannot be read."""
    try:
        return plain(catalogue.get(run.config().backbone).name)
    except GraftError:
        return ""


def score_text(run: Run) -> str:
    """The test score as Markdown, or a dash."""
    try:
        words, test = run.words, run.report().test
        return f"**{words.figure(test.accuracy)}** {words.unit}" if test.n else "not tested"
    except GraftError:
        return "–"
