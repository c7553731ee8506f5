"""Preparations started from the pages: the frozen part runs on new data before anybody presses Train.

One at a time for each data set: the latest wish wins, and what an earlier one computed stays in the cache.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
import streamlit as st

from pages.components.shared.selection.selection import manifest_of
from tlcore import memory
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.weights import weights
from tlcore.config import DEFAULT_BACKBONES, RunConfig
from tlcore.config.recommended import RECOMMENDED
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest, Task
from tlcore.errors import GraftError
from tlcore.runs.job import ALIVE
from tlcore.runs.preparation import (
    TASKS,
    Preparation,
    all_preparations,
    arguments,
    essential,
    preparation_for,
    preparations_of,
)
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace
from tlcore.workspace.home import at_home, home

SWITCH = "GRAFT_PREPARE"  # "0": nothing is prepared unless somebody asks
ROOM = 2_000_000_000  # bytes of available memory below which nothing starts by itself
PATIENCE = 0.1  # seconds in which most processes have begun
LONGEST_START = 5.0  # seconds to wait for one that is to end before it has begun
FOLLOWED = "prepared_for"  # in the session: the folder of the preparation that the Model page wished for last


@dataclass
class Start:
    """A preparation whose process is just starting, for all sessions of this server."""

    thread: threading.Thread
    error: GraftError | None = None


_starts: dict[Path, Start] = {}
_wishes: dict[Path, Path] = {}  # the preparation that each data set had last


def get_ready(task: Task) -> None:
    """Load what the preparation of examples that are just arriving will need."""
    if os.environ.get(SWITCH) != "0":
        BACKEND.get_ready(st.session_state.get(_chosen(task), DEFAULT_BACKBONES[task]))


def current(dataset: Dataset, version: int) -> Preparation | None:
    """The preparation of this version to show: at work before finished ones, and these before the others."""
    found = preparations_of(Workspace(), dataset, version)
    for is_wanted in (is_busy, has_estimate):
        if wanted := next((job for job in found if is_wanted(job)), None):
            return wanted
    return next(iter(found), None)


def is_busy(job: Preparation) -> bool:
    """True while it is at work, waits, or has made room for a run and goes on after it."""
    start = _starts.get(job.folder)
    is_starting = start is not None and start.thread in threading.enumerate()
    return is_starting or BACKEND.status(job).state in ALIVE or job.is_handed_over


def refusal(job: Preparation) -> GraftError | None:
    """The reason why it could not be started, if this server tried last."""
    start = _starts.get(job.folder)
    return start.error if start is not None else None


def failure(job: Preparation) -> GraftError | None:
    """The reason why it came to nothing, if it is known."""
    status = BACKEND.status(job)
    if status.state == "failed":
        return GraftError(status.error or "The estimate could not be made.")
    return refusal(job) if status.state != "done" else None


def has_estimate(job: Preparation) -> bool:
    return job.estimate() is not None


def start_on_arrival(dataset: Dataset) -> None:
    """Prepare examples that have just arrived. What cannot be started is no matter: Train computes it."""
    with suppress(GraftError):
        manifest = manifest_of(dataset)
        config = wished_settings(dataset, manifest)
        if is_offered(manifest) and _may_start(config):
            start(dataset, config)


def start_after_edit(dataset: Dataset, manifest: Manifest) -> None:
    """Prepare a version that has no preparation, where an earlier version has one that nobody stopped.

    Raises:
        GraftError: it cannot be started.
    """
    earlier = preparations_of(Workspace(), dataset)
    was_wanted = bool(earlier) and (is_busy(earlier[0]) or has_estimate(earlier[0]))
    config = wished_settings(dataset, manifest)
    if was_wanted and is_offered(manifest) and _may_start(config):
        start(dataset, config)


def _may_start(config: RunConfig) -> bool:
    if os.environ.get(SWITCH) == "0" or memory.available_bytes() <= ROOM:
        return False
    try:
        return weights.is_ready(catalogue.get(config.backbone))  # a download is for people to start
    except GraftError:  # a folder of one's own that is gone
        return False


def is_offered(manifest: Manifest) -> bool:
    """Can a preparation estimate what a first model would get on these data?"""
    return not manifest.problem and manifest.task in TASKS


def wished_settings(dataset: Dataset, manifest: Manifest) -> RunConfig:
    """The settings that these data were last prepared for, or chosen in this session; else the defaults."""
    chosen = st.session_state.get(_chosen(manifest.task), DEFAULT_BACKBONES[manifest.task])
    base = msgspec.structs.replace(RECOMMENDED.get(manifest.task, RunConfig()), backbone=chosen)
    for job in preparations_of(Workspace(), dataset)[:1]:
        with suppress(GraftError):
            base = job.config()
    return msgspec.structs.replace(base, data_version=manifest.version)


def _chosen(task: Task) -> str:
    return f"last_backbone_{task}"


def start(dataset: Dataset, config: RunConfig) -> None:
    """Start the preparation for these settings; others on these data stop.

    Raises:
        GraftError: it cannot be started.
    """
    workspace = Workspace()
    try:
        job = preparation_for(workspace, dataset, config)
    except OSError:  # the version was deleted just now
        return
    for other in preparations_of(workspace, dataset):
        if other.folder != job.folder:
            BACKEND.cancel(other)
    _wishes[dataset.folder] = job.folder
    if is_busy(job):
        return
    Preparation.prepare(job.folder, essential(msgspec.structs.replace(config, data=str(dataset.folder))))
    beginning = Start(threading.Thread(target=_start, args=(job, dataset, home()), daemon=True))
    _starts[job.folder] = beginning
    beginning.thread.start()
    beginning.thread.join(PATIENCE)


def end_all(dataset: Dataset | None = None) -> None:
    """End the preparations of a data set, or all, at once: before what they read or write is deleted."""
    workspace = Workspace()
    jobs = preparations_of(workspace, dataset) if dataset else all_preparations(workspace)
    folders = {job.folder for job in jobs}
    for data, folder in list(_wishes.items()):
        if folder in folders:
            _wishes.pop(data, None)  # one that is still starting ends as soon as it has begun
    for job in jobs:
        if beginning := _starts.get(job.folder):
            beginning.thread.join(LONGEST_START)
        BACKEND.cancel(job, grace=0)


def _start(job: Preparation, dataset: Dataset, place: Path) -> None:
    """Start its process, which may take seconds: no page waits for it."""
    try:
        with at_home(place):
            BACKEND.start(job, arguments(job, dataset))
    except GraftError as error:
        if BACKEND.status(job).state not in ALIVE:  # else another tab was quicker
            _starts[job.folder].error = error
    if _wishes.get(dataset.folder) != job.folder:  # somebody wished for another while it started
        BACKEND.cancel(job)


def follow(dataset: Dataset, manifest: Manifest, config: RunConfig) -> None:
    """Prepare for the settings that the Model page shows, once they are others than before.

    What cannot be started is no matter here: Train computes it.
    """
    if not (is_offered(manifest) and config.pretrained and config.cache):
        return
    with suppress(GraftError, OSError):
        job = preparation_for(Workspace(), dataset, config)
        if st.session_state.get(FOLLOWED) == str(job.folder):
            return
        is_another_choice = FOLLOWED in st.session_state
        st.session_state[FOLLOWED] = str(job.folder)
        st.session_state[_chosen(manifest.task)] = config.backbone
        is_new = BACKEND.status(job).state == "new"
        if _may_start(config) and not has_estimate(job) and (is_new or is_another_choice):
            start(dataset, config)
