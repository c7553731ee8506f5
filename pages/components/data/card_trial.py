"""Trying what class cards trained, below them: a person goes back and forth between adding and trying.

The model that answered before goes on answering while the next one learns.
"""

from __future__ import annotations

import streamlit as st

from pages.components.data import class_cards
from pages.components.data.next_step import recommended_settings
from pages.components.shared.answers import predictors, webcam
from pages.components.shared.job_bar import job_bar
from pages.components.shared.runs.start_run import submit
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import show_error, show_errors
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest
from tlcore.errors import GraftError
from tlcore.runs.job import ALIVE
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace

LEARNED = "**Your model has learned.** Try it, add what it gets wrong, and train again."
EVERY = 0.5  # seconds between two looks while a model learns


def show(dataset: Dataset, manifest: Manifest) -> None:
    """How far the model is that this session's cards trained, and a webcam to try it; at first nothing."""
    if class_cards.claim_training(dataset, manifest):
        run = submit(dataset, recommended_settings(dataset, manifest))
        st.session_state[_key(dataset)] = [*_ids(dataset), run.id]
    runs = [run for run in (Run(Workspace().runs / id) for id in _ids(dataset)) if run.folder.is_dir()]
    if not runs:
        return
    with st.container(border=True, key="card_trial"):
        newest = runs[-1]
        is_learning = not _can_answer(newest) and BACKEND.status(newest).state in ALIVE
        st.fragment(show_errors(_progress), run_every=EVERY if is_learning else None)(newest, is_learning)
        ready = next((run for run in reversed(runs) if _can_answer(run)), None)
        if ready is not None:
            predictors.wake(ready)
            webcam.show((ready,), can_keep=False)


def _progress(run: Run, was_learning: bool) -> None:
    """How far the newest run is; once it can answer, or has failed, the page is drawn anew."""
    status = BACKEND.status(run)
    is_learning = not _can_answer(run) and status.state in ALIVE
    if was_learning and not is_learning:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        if is_learning:
            job_bar(run, status, key_of("stop_trial", run.id))
        elif _can_answer(run):
            st.markdown(LEARNED, width="stretch")
        else:
            show_error(GraftError(status.error or "This run ended without a model.", remedy="Train again."))
        label = "Watch it learn" if is_learning else "Its score"
        st.page_link(
            "pages/train.py",
            label=label,
            icon=":material/show_chart:",
            query_params={"run": run.id},
            width="content",
        )


def _can_answer(run: Run) -> bool:
    return run.has_model or BACKEND.can_answer(run)


def _ids(dataset: Dataset) -> list[str]:
    """The runs that the cards started, the oldest first."""
    return list(st.session_state.get(_key(dataset), ()))


def _key(dataset: Dataset) -> str:
    return key_of("trained_by_cards", dataset.id)
