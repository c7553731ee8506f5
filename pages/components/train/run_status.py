"""The status of a run: its data set, its place in the queue, and why it ended early."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.runs import origin
from pages.components.shared.selection.run_names import run_label, run_names
from pages.components.shared.selection.selection import dataset_name
from pages.components.shared.text import isolated, plain, show_error
from tlcore.errors import GraftError
from tlcore.runs.backend import BACKEND
from tlcore.runs.queue import Ticket, tickets
from tlcore.runs.run import Run
from tlcore.workspace import Workspace
from tlcore.workspace.home import worker_id


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
    """The runs in the queue, in order, if this one is among them and not alone."""
    try:
        line = tickets(Workspace().shared.queue)
    except (GraftError, OSError):  # the queue needs lock files, and this folder may be read-only
        return
    me, names = worker_id(), run_names()
    if len(line) > 1 and (me, run.id) in [ticket[1:] for ticket in line]:
        shown = " → ".join(_place_in_line(ticket, me, run.id, names) for ticket in line)
        st.info(f"Only one run trains at a time. In the queue: {shown}", icon=":material/hourglass_empty:")


def _place_in_line(ticket: Ticket, me: str, id: str, names: dict[str, str]) -> str:
    """A job in the queue, for those who wait: nobody reads the names of other people's runs."""
    if ticket.owner != me:
        return "somebody else's"
    label = run_label(ticket.name, names.get(ticket.name, ""))
    return f"**{label}**" if ticket.name == id else label


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
