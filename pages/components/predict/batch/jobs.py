"""Batches on the Predict page: starting one, watching it wherever one is, going on with one that was cut off.

Each is a job in a folder below the workspace's `batches`; the address names the one that is shown, so that a
refresh, a second tab or a restarted server shows it again.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import streamlit as st

from pages.components.browser.upload.upload import Received
from pages.components.predict.answers import prediction_label
from pages.components.predict.batch import rows as batch_rows
from pages.components.predict.batch import table
from pages.components.shared.job_bar import job_bar
from pages.components.shared.selection.addresses import current_id, remember
from pages.components.shared.selection.chooser import choose_addressed
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.labels import unique_labels
from pages.components.shared.selection.run_names import creation_second, id_suffix, start_time
from pages.components.shared.text import counted, plain, show_error
from pages.components.shared.trash import delete
from tlcore import system
from tlcore.errors import GraftError, printable
from tlcore.refusals import writing
from tlcore.runs.backend import BACKEND
from tlcore.runs.batches.batch import KEPT, Batch, BatchRequest, batches, sweep
from tlcore.runs.job import ALIVE
from tlcore.runs.run import Run
from tlcore.workspace import Workspace, new_id

ADDRESS = "batch"
MOST_COUNTED = 2000  # rows: up to so many are counted every second while a batch goes on
ATTEMPTS = 3  # processes that a batch may wear out before it is given up
GIVEN_UP = "batch_given_up_"  # in the session: why one that died could not be started again
GONE = "It was interrupted: its process is gone. What was answered until then is below."


def _root() -> Path:
    return Workspace().batches


def begin(runs: tuple[Run, ...], received: Received) -> None:
    """Have all that an upload holds answered, in a process of its own.

    Args:
        received: its file is moved into the batch's folder, and deleted at the end.

    Raises:
        GraftError: it could not be started; says why.
    """
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
    """Start it, or go on with it."""
    asked = batch.asked()
    if asked is None:
        return
    beside = [part for run in asked.runs[1:] for part in ("--beside", run)]
    BACKEND.start(batch, ["batch", asked.runs[0], asked.source, "--out", str(batch.folder), *beside])


def show(runs: tuple[Run, ...]) -> None:
    """The batch that the address names, and a box to choose an earlier one; nothing where there was none."""
    found = {batch.id: batch for batch in batches(_root(), runs[0])}
    if not found:
        return
    st.divider()
    chosen = _choose(runs[0], found)
    if chosen is None:
        return
    is_busy = _goes_on(chosen)
    st.fragment(_watch, run_every="1s" if is_busy else None)(chosen, is_busy)
    if not is_busy:
        _ended(chosen)
        delete.delete_button(chosen.folder, key_of("delete", chosen.id), lambda: remember(ADDRESS, ""))


def _choose(run: Run, found: dict[str, Batch]) -> Batch | None:
    """The batch that is shown: the one of the address, else one that is at work."""
    at_work = next((id for id, batch in found.items() if BACKEND.status(batch).state in ALIVE), "")
    if at_work and not current_id(ADDRESS):
        remember(ADDRESS, at_work)
    chosen = choose_addressed(
        "Batch",
        unique_labels(found, lambda id: _title(found[id]), creation_second, id_suffix),
        ADDRESS,
        None,
        key=key_of("choose_batch", run.id),
        placeholder=f"{counted(len(found), 'batch', 'batches')} from before",
        help=f"Sent to this model before. The last {KEPT} are kept, of all models together.",
    )
    return found.get(chosen)


def _title(batch: Batch) -> str:
    """Its name and when it was sent; text, not Markdown."""
    asked, then = batch.asked(), start_time(batch.id)
    name = printable(asked.name, 60) if asked else printable(batch.id)
    return f"{name} · {then.day} {then:%b, %H:%M}" if then else name


def _goes_on(batch: Batch) -> bool:
    """Whether it is at work, or will be again: its process died, and has not died too often."""
    status = BACKEND.status(batch)
    if status.state == "lost":
        return status.attempt < ATTEMPTS and f"{GIVEN_UP}{batch.id}" not in st.session_state
    return status.state in ALIVE


def _watch(batch: Batch, was_busy: bool) -> None:
    """How far it is, while it goes on; whose process died is started again, and the person only waits."""
    if BACKEND.status(batch).state == "lost" and _goes_on(batch):
        try:
            _start(batch)
        except GraftError as error:
            if BACKEND.status(batch).state == "lost":  # else another tab was quicker
                st.session_state[f"{GIVEN_UP}{batch.id}"] = str(error)
    status = BACKEND.status(batch)
    if not _goes_on(batch):
        if was_busy:
            st.rerun()
        return
    count = f" · {status.done:,} of {status.total:,}" if status.total else ""
    with st.container(border=True, key="batch_progress"):
        with st.container(horizontal=True, vertical_alignment="center"):
            job_bar(batch, status, "stop_batch", count)
        st.caption(_so_far(batch))


def _so_far(batch: Batch) -> str:
    """What was answered until now, for a caption of our own Markdown; "" where counting would take long."""
    if BACKEND.status(batch).total > MOST_COUNTED:
        return ""
    (model, *_), rows = batch_rows.answer_columns(batch), batch.rows()
    counts = Counter(batch_rows.verdict_of(row, model) for row in rows)
    said = [f"{number:,} {prediction_label.NAMES[name].lower()}" for name, number in counts.most_common()]
    return f"So far: {', '.join(said)}." if said else "Answers come as soon as the model is awake."


def _ended(batch: Batch) -> None:
    """What went wrong, if anything did, and what was answered."""
    status = BACKEND.status(batch)
    with st.container(key="batch_ended"):
        if status.state == "failed":
            show_error(GraftError(status.error or "The batch failed."))
        if status.state == "lost":
            why = st.session_state.get(f"{GIVEN_UP}{batch.id}", "")
            st.warning(f"{GONE} {plain(why)}", icon=":material/power_off:")
        if status.state == "cancelled":
            said = f"It was stopped: {len(batch_rows.items(batch)):,} of {status.total:,} were looked at."
            st.info(said, icon=":material/stop_circle:")
    table.show(batch)
