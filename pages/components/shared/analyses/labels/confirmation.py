"""Labels that a person confirmed: stored with the data set, and not asked about again."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.datasets import edits
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import counted, plain, show_error
from tlcore.data import confirmed_labels
from tlcore.data.dataset import Dataset
from tlcore.data.task_words import TaskWords
from tlcore.errors import GraftError

CONFIRMED = "kept_right"  # labels that this session confirmed last, by data set


def confirm(dataset: Dataset, labels: list[confirmed_labels.Label]) -> None:
    """Store that these labels are right."""
    confirmed = st.session_state.setdefault(CONFIRMED, {})
    edits.log(dataset).place = ""  # the edit before is no longer the last action
    try:
        confirmed_labels.add(dataset.folder, labels)
        confirmed[dataset.id] = labels
    except GraftError as error:
        confirmed[dataset.id] = error


def forget_last(dataset: Dataset) -> None:
    """Take away the notice on what was confirmed last: something else was done since."""
    st.session_state.get(CONFIRMED, {}).pop(dataset.id, None)


def show_notice(dataset: Dataset) -> None:
    """Labels confirmed last, with an undo; or the reason why they could not be stored."""
    confirmed = st.session_state.get(CONFIRMED, {}).get(dataset.id)
    if isinstance(confirmed, GraftError):
        show_error(confirmed)
    elif confirmed:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key="kept_notice"):
            count = counted(len(confirmed), "label")
            st.markdown(f":material/check: {count} confirmed. You won't be asked again.", width="stretch")
            st.button(
                "Undo",
                icon=":material/undo:",
                key="undo_kept",
                on_click=_ask_again,
                args=(dataset, confirmed),
            )


def show_count(dataset: Dataset, labels: list[confirmed_labels.Label], words: TaskWords) -> None:
    """Count of confirmed labels, and a button to see them again."""
    if not labels:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Not shown: {plain(words.counted(len(labels)))} whose label you confirmed.")
        st.button(
            "Show again",
            key=key_of("again", dataset.id),
            type="tertiary",
            on_click=_ask_again,
            args=(dataset, labels),
        )


def _ask_again(dataset: Dataset, labels: list[confirmed_labels.Label]) -> None:
    confirmed = st.session_state.setdefault(CONFIRMED, {})
    confirmed.pop(dataset.id, None)
    try:
        confirmed_labels.remove(dataset.folder, labels)
    except GraftError as error:
        confirmed[dataset.id] = error
