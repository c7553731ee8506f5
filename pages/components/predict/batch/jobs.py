"""Batches on the Predict page: start one, watch it, resume one that was interrupted.

Each is a job in a folder below the workspace's `batches`. The address names the one that is shown, so a
refresh, a second tab or a restarted server shows it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import streamlit as st

from pages.components.browser.upload.upload import Received
from pages.components.predict.batch import place_table, table
from pages.components.shared.job_bar import job_bar
from pages.components.shared.selection.addresses import current_id, remember
from pages.components.shared.selection.chooser import choose_addressed
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.labels import unique_labels
from pages.components.shared.selection.run_names import creation_second, id_suffix, start_time
from pages.components.shared.text import counted, plain, show_error
from pages.components.shared.trash import delete
from tlcore import system
from tlcore.data.manifest import Task
from tlcore.errors import GraftError, RunError, printable
from tlcore.runs.batches.batch import HEADS, KEPT, Batch, BatchRequest, batches, sweep
from tlcore.runs.job import ALIVE
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace, new_id
from tlcore.workspace.refusals import writing

ADDRESS = "batch"
MOST_COUNTED = 2000  # rows that are counted every second while a batch runs
ATTEMPTS = 3  # processes per batch before Graft gives up
GIVEN_UP = "batch_given_up_"  # in the session: the reason why a batch could not be restarted
LOST = "This batch was interrupted. The answers until then are below."


class BatchTable(Protocol):
    """A task's module for the answers of a batch."""

    def so_far(self, batch: Batch) -> str:
        """All that was answered until now, as the end of a sentence; "" where nothing was."""

    def show(self, batch: Batch) -> None:
        """The answers, with what can be taken away."""


TABLES: dict[Task, BatchTable] = {
    "images": table,
    "texts": table,
    "detection": place_table,
    "segmentation": place_table,
}


def _root() -> Path:
    return Workspace().batches


def begin(runs: tuple[Run, ...], received: Received) -> None:
    """Answer all examples of an upload, in a process of its own.

    Args:
        received: its file is moved into the batch's folder, and deleted at the end.

    Raises:
        GraftError: it could not be started; says why. Nothing is moved then.
    """
    for run in runs:
        if not run.has_model:
            raise RunError(
                "The model's file is still being checked, and many are answered from the file.",
                received=run.id,
                remedy="Send them again in a few seconds.",
            )
    sweep(_root(), KEPT - 1)
    batch = Batch(_root() / new_id(received.name))
    source = batch.folder / f"source{''.join(received.path.suffixes)}"
    folders = tuple(str(run.folder) for run in runs)
    batch.prepare(BatchRequest(received.name, folders, str(source), received.could_not_read))
    with writing():
        system.replace(received.path, source)
    remember(ADDRESS, batch.id)
    _start(batch)


def _start(batch: Batch) -> None:
    """Start or resume a batch."""
    asked = batch.asked()
    if asked is None:
        return
    beside = [part for run in asked.runs[1:] for part in ("--beside", run)]
    BACKEND.start(batch, ["batch", asked.runs[0], asked.source, "--out", str(batch.folder), *beside])


def show(runs: tuple[Run, ...]) -> None:
    """Batch that the address names, and a box to choose an earlier one; nothing where there is none."""
    found = {batch.id: batch for batch in batches(_root(), runs[0])}
    if not found:
        return
    st.divider()
    chosen = _choose(runs[0], found)
    if chosen is None:
        return
    is_busy = _is_running(chosen)
    st.fragment(_watch, run_every="1s" if is_busy else None)(chosen, runs[0].task, is_busy)
    if not is_busy:
        _ended(chosen, runs[0].task)
        delete.delete_button(chosen.folder, key_of("delete", chosen.id), lambda: remember(ADDRESS, ""))


def _choose(run: Run, found: dict[str, Batch]) -> Batch | None:
    """Batch to show: the one of the address, else one that is running."""
    at_work = next((id for id, batch in found.items() if BACKEND.status(batch).state in ALIVE), "")
    if at_work and not current_id(ADDRESS):
        remember(ADDRESS, at_work)
    chosen = choose_addressed(
        "Batch",
        unique_labels(found, lambda id: _title(found[id]), creation_second, id_suffix),
        ADDRESS,
        None,
        key=key_of("choose_batch", run.id),
        placeholder=f"{counted(len(found), 'earlier batch', 'earlier batches')}",
        help=f"Batches sent to this model. Graft keeps the last {KEPT} of all models.",
    )
    return found.get(chosen)


def _title(batch: Batch) -> str:
    """Name and time of a batch; text, not Markdown."""
    asked, then = batch.asked(), start_time(batch.id)
    name = printable(asked.name, 60) if asked else printable(batch.id)
    return f"{name} · {then.day} {then:%b, %H:%M}" if then else name


def _is_running(batch: Batch) -> bool:
    """True while it runs, or will be restarted because its process died and has not died too often."""
    status = BACKEND.status(batch)
    if status.state == "lost":
        return status.attempt < ATTEMPTS and f"{GIVEN_UP}{batch.id}" not in st.session_state
    return status.state in ALIVE


def _watch(batch: Batch, task: Task, was_busy: bool) -> None:
    """Progress of a running batch; one whose process died is restarted."""
    if BACKEND.status(batch).state == "lost" and _is_running(batch):
        try:
            _start(batch)
        except GraftError as error:
            if BACKEND.status(batch).state == "lost":  # else another tab was quicker
                st.session_state[f"{GIVEN_UP}{batch.id}"] = str(error)
    status = BACKEND.status(batch)
    if not _is_running(batch):
        if was_busy:
            st.rerun()
        return
    count = f" · {status.done:,} of {status.total:,}" if status.total else ""
    with st.container(border=True, key="batch_progress"):
        with st.container(horizontal=True, vertical_alignment="center"):
            job_bar(batch, status, "stop_batch", count)
        st.caption(_so_far(batch, task))


def _so_far(batch: Batch, task: Task) -> str:
    """Answers so far, as our own Markdown; "" where counting would take long."""
    if BACKEND.status(batch).total > MOST_COUNTED:
        return ""
    parts = TABLES[task].so_far(batch)
    return f"So far: {parts}." if parts else "The model is loading."


def _ended(batch: Batch, task: Task) -> None:
    """Message where the batch did not finish, and its answers."""
    status = BACKEND.status(batch)
    with st.container(key="batch_ended"):
        if status.state == "failed":
            show_error(GraftError(status.error or "The batch failed."))
        if status.state == "lost":
            why = st.session_state.get(f"{GIVEN_UP}{batch.id}", "")
            st.warning(f"{LOST} {plain(why)}", icon=":material/power_off:")
        if status.state == "cancelled":
            text = f"You stopped this batch after {len(batch.read(HEADS)):,} of {status.total:,}."
            st.info(text, icon=":material/stop_circle:")
    TABLES[task].show(batch)
