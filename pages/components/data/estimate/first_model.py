"""The estimate of a first model: its preparation while that is at work, and the estimate once it stands."""

from __future__ import annotations

from pathlib import Path

import msgspec
import streamlit as st

from pages.components.data.estimate import details, sentences
from pages.components.shared.datasets import edits, preparation
from pages.components.shared.job_bar import job_bar
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.selection import manifest_of
from pages.components.shared.text import plain, show_error, show_errors
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest
from tlcore.data.task_words import WORDS
from tlcore.errors import GraftError
from tlcore.evaluate.estimate import record
from tlcore.evaluate.estimate.record import Estimate
from tlcore.runs.job import Status
from tlcore.runs.preparation import Preparation
from tlcore.runs.workers.backend import BACKEND

EVERY = "0.25s"
ASK = "Estimate what a first model would get"
WHY = "Runs the backbone on the {many} now, so that training is quick, and says what to expect."
LOST = "The estimate was interrupted: its process is gone."


def show(dataset: Dataset, manifest: Manifest) -> None:
    """The estimate of this version, its progress, or a button that asks for it."""
    if not preparation.is_offered(manifest):
        return
    job = preparation.current(dataset, manifest.version)
    if job is None:
        try:
            preparation.start_after_edit(dataset, manifest)
        except GraftError as error:
            show_error(error)
        job = preparation.current(dataset, manifest.version)
    is_busy = job is not None and preparation.is_busy(job)
    st.fragment(_show, run_every=EVERY if is_busy else None)(dataset, manifest, is_busy)


@show_errors
def _show(dataset: Dataset, manifest: Manifest, was_busy: bool) -> None:
    if dataset.latest != manifest.version:  # edited here or in another tab: nothing of the old one is shown
        st.rerun()
    job = preparation.current(dataset, manifest.version)
    found = estimate_of(job, manifest.version) if job else None
    is_busy = job is not None and preparation.is_busy(job)
    if found is not None:  # its map may still be drawn
        _estimate(dataset, manifest, found)
    elif is_busy and job:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key="getting_ready"):
            job_bar(job, progress(BACKEND.status(job)), key_of("stop", job.id))
        edits.notice(dataset, key_of("suspects", dataset.id))
    else:
        _offer(dataset, manifest, job)
    if is_busy != was_busy:
        if found is not None:
            preparation.get_ready(manifest.task)  # the next thing is to train
        st.rerun()


def estimate_of(job: Preparation, version: int) -> Estimate | None:
    """The estimate of a preparation, kept in memory until the file changes; None where it is of another
    version of the data.
    """
    found = _read(str(job.folder), record.modified_ns(job.folder))
    return found if found is not None and found.version == version else None


@st.cache_resource(max_entries=4, show_spinner=False)
def _read(folder: str, modified: int) -> Estimate | None:
    return record.read(Path(folder))


def progress(status: Status) -> Status:
    """The same status with a message about what it is for."""
    message = "Getting ready"
    if status.stage == "features" and status.total:
        message = f"Getting ready: {status.done:,} of {status.total:,}"
    elif status.state in ("queued", "cancelled"):  # the second one is paused for a run
        message = f"Getting ready. {status.message}"
    return msgspec.structs.replace(status, message=message)


def _estimate(dataset: Dataset, manifest: Manifest, found: Estimate) -> None:
    """One line, which opens to show the rest."""
    words = WORDS[manifest.task]
    if not found.n:
        st.caption(f"There are too few different {words.many} to estimate what a first model would get.")
        return
    box = st.expander(
        sentences.headline(found),
        icon=":material/insights:",
        key=key_of("estimate", dataset.id),
        on_change="rerun",
    )
    if box.open:
        with box:
            st.caption(sentences.basis(found, words))
            details.show(dataset, manifest, found)
    else:
        edits.notice(dataset, key_of("suspects", dataset.id))


def _offer(dataset: Dataset, manifest: Manifest, job: Preparation | None) -> None:
    """A button that starts it, and why there is nothing yet."""
    status = BACKEND.status(job) if job else Status("new")
    if job and (error := preparation.failure(job)):
        show_error(error)
    elif status.state == "lost":
        st.caption(LOST)
    label = ASK if status.state in ("new", "done") else "Go on with the estimate"
    if st.button(
        label,
        icon=":material/insights:",
        key=key_of("estimate_now", dataset.id),
        help=WHY.format(many=plain(WORDS[manifest.task].many)),
    ):
        preparation.start(dataset, preparation.wished_settings(dataset, manifest_of(dataset)))
        st.rerun()
