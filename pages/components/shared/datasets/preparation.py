"""Preparations started from the pages: the frozen part runs on new data before anybody presses Train.

One at a time for each data set: the latest wish wins, and what an earlier one computed stays in the cache.
"""

from __future__ import annotations

import os
from contextlib import suppress

import msgspec
import streamlit as st

from tlcore import memory
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.weights import weights
from tlcore.config import DEFAULT_BACKBONES, RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest, Task
from tlcore.errors import GraftError
from tlcore.runs.backend import BACKEND
from tlcore.runs.job import ALIVE
from tlcore.runs.preparation import (
    Preparation,
    arguments,
    essential,
    preparation_for,
    preparations_of,
)
from tlcore.workspace import Workspace

SWITCH = "GRAFT_PREPARE"  # "0": nothing is prepared unless somebody asks
ROOM = 2_000_000_000  # bytes of available memory below which nothing starts by itself
ARRIVED = "arrived"  # in the session: ids of the data sets whose examples have come in it
FOLLOWED = "prepared_for"  # in the session: the folder of the preparation that the Model page wished for last


def note_arrival(dataset_id: str) -> None:
    """Remember that examples have arrived: their preparation starts by itself."""
    st.session_state.setdefault(ARRIVED, set()).add(dataset_id)


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
    return BACKEND.status(job).state in ALIVE or job.gave_way


def has_estimate(job: Preparation) -> bool:
    return job.estimate() is not None


def start_by_itself(dataset: Dataset, manifest: Manifest) -> None:
    """Start the preparation of a version that has none, where its examples have just arrived or an earlier
    version had been prepared and nobody stopped that.

    Raises:
        GraftError: it cannot be started.
    """
    config = wished_settings(dataset, manifest)
    arrived = st.session_state.get(ARRIVED, set())
    earlier = preparations_of(Workspace(), dataset)
    was_wanted = bool(earlier) and (is_busy(earlier[0]) or has_estimate(earlier[0]))
    if (dataset.id in arrived or was_wanted) and _may_start(config):
        arrived.discard(dataset.id)
        start(dataset, config)


def _may_start(config: RunConfig) -> bool:
    is_on = os.environ.get(SWITCH) != "0"
    return is_on and weights.is_ready(catalogue.get(config.backbone)) and memory.available_bytes() > ROOM


def wished_settings(dataset: Dataset, manifest: Manifest) -> RunConfig:
    """The settings that these data were last prepared for, or chosen in this session; else the defaults."""
    base = RunConfig(backbone=st.session_state.get(_chosen(manifest.task), DEFAULT_BACKBONES[manifest.task]))
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
    if BACKEND.status(job).state in ALIVE:
        return
    Preparation.prepare(job.folder, essential(msgspec.structs.replace(config, data=str(dataset.folder))))
    try:
        BACKEND.start(job, arguments(job, dataset))
    except GraftError:
        if BACKEND.status(job).state not in ALIVE:  # else another tab was quicker
            raise


def follow(dataset: Dataset, manifest: Manifest, config: RunConfig) -> None:
    """Prepare for the settings that the Model page shows, once they are others than before.

    What cannot be started is no matter here: Train computes it.
    """
    if manifest.problem or not (config.pretrained and config.cache):
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
