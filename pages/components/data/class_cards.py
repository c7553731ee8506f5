"""Class cards on the Data page: record or drop pictures of several classes side by side, then train.

What they send becomes a data set, or a new version of one; once it is there, `card_trial.py` trains on it.
"""

from __future__ import annotations

import streamlit as st

from pages.components.browser.camera.cards import cards_box
from pages.components.shared.datasets import import_jobs
from pages.components.shared.selection.keys import key_of
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Manifest
from tlcore.runs.job import ALIVE
from tlcore.runs.workers.backend import BACKEND

DUE = "train_when_there"  # in the session: a data set, and the addition that a run on it waits for, if any
MADE = "made_by_cards"  # in the session: ids of the data sets that were begun with cards
MOST_CLASSES = 12  # cards that a page shows


def start() -> None:
    """Cards for a new data set."""
    st.caption("Name your classes. Hold a button to record one, or drop pictures on its card. Then train.")
    received = cards_box("new_cards", {})
    if received is not None:
        name = received.name.removesuffix(".zip")
        dataset = import_jobs.start_import(received, name=name)
        st.session_state[DUE] = dataset, None
        st.session_state[MADE] = {*st.session_state.get(MADE, ()), dataset}
        st.rerun()


def add(dataset: Dataset, manifest: Manifest) -> None:
    """Cards for the classes of a data set."""
    received = cards_box(key_of("cards", dataset.id), manifest.counts())
    if received is not None:
        st.session_state[DUE] = dataset.id, import_jobs.start_addition(received, dataset, None)
        st.rerun()


def are_first_choice(dataset: Dataset) -> bool:
    """True for a data set that was begun with cards in this session."""
    return dataset.id in st.session_state.get(MADE, ())


def claim_training(dataset: Dataset, manifest: Manifest) -> bool:
    """True once, when what the cards sent is there and can be trained on."""
    wanted, addition = st.session_state.get(DUE, ("", None))
    state = BACKEND.status(addition).state if addition else "done"
    is_gone = addition is not None and not addition.folder.is_dir()  # dismissed in another tab
    if wanted != dataset.id or (state in (*ALIVE, "new") and not is_gone):
        return False
    if state == "done" and manifest.version != dataset.latest:  # read before the addition ended
        st.rerun()
    del st.session_state[DUE]
    return state == "done" and not manifest.problem
