"""The status of a run: its data set, its place in the queue, and why it ended early."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.job_bar import in_words
from pages.components.shared.runs import origin
from pages.components.shared.selection.run_names import run_label, run_names
from pages.components.shared.selection.selection import dataset_name
from pages.components.shared.text import isolated, plain, show_error
from tlcore.errors import GraftError
from tlcore.people.lines import place_of
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace.home import is_shared

ONE = "Only one run trains at a time"


def dataset_link(run: Run) -> None:
    """A link to the run's data set, with the version it uses; there may be newer ones."""
    config = run.config()
    dataset = run.dataset()
    if origin.has_own_data(run):
        origin.show(run)
        return
    if not config.data or not dataset.is_ready:
        return
    newest = f" (the newest is {dataset.latest})" if dataset.latest > config.data_version else ""
    st.page_link(
        "pages/data.py",
        label=f"{isolated(dataset_name(dataset))}, version {config.data_version}{newest}",
        icon=":material/photo_library:",
        query_params={"data": dataset.id},
    )


def queue_line(run: Run) -> None:
    """The place of a run that waits; of one person's runs all in the queue, in order. And whether those who
    train them can be reached.
    """
    if notice := BACKEND.notice():
        st.warning(plain(notice), icon=":material/cloud_off:")
    place = place_of(run) if is_shared() else None
    if place:  # nobody reads the names of other people's runs
        why = (
            "People take turns." if BACKEND.is_wide else "One model trains at a time, and people take turns."
        )
        st.info(f"{why} {in_words(place)}.", icon=":material/hourglass_empty:")
    if is_shared():
        return
    try:
        line, names = [ticket.name for ticket in BACKEND.line()], run_names()
    except (GraftError, OSError):  # the queue needs lock files, and this folder may be read-only
        return
    if len(line) > 1 and run.id in line:
        labels = {name: run_label(name, names.get(name, "")) for name in line}
        shown = " → ".join(f"**{labels[name]}**" if name == run.id else labels[name] for name in line)
        most = "As many runs train at a time as there are free devices" if BACKEND.is_wide else ONE
        st.info(f"{most}. In the queue: {shown}", icon=":material/hourglass_empty:")


def show_end(run: Run) -> None:
    """The reason why a run failed, was interrupted or was stopped."""
    status = BACKEND.status(run)
    if status.state == "failed":
        show_error(GraftError(status.error or "The run failed."))
    if status.state == "lost":
        st.warning(
            "The run was interrupted: its process is gone. Its progress is saved, so you can go on with it.",
            icon=":material/power_off:",
        )
    if status.message and status.state == "cancelled":
        st.caption(f"{plain(status.message)}.")
