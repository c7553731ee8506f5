"""The ways to start a new data set: upload, class cards, public data sets, pasted texts, samples."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.components.browser.upload.upload import Received, upload_box
from pages.components.data import class_cards, public_datasets, table_import
from pages.components.shared.datasets import import_jobs
from pages.components.shared.text import show_error
from pages.components.tasks.tasks import VIEWS
from tlcore.data.task_words import WORDS
from tlcore.errors import GraftError


def show() -> None:
    """One tab for each way, and below them a sample of each task."""
    files, cards, public, lines = st.tabs(["Upload", "Class cards", "Public data sets", "Paste texts"])
    with public:
        public_datasets.show()
    with cards:
        _or_error(class_cards.start)
    with files:
        _or_error(lambda: _import(upload_box("upload")))
    with lines:
        _or_error(lambda: _import(table_import.paste()))
    st.caption("No data yet? Try a sample.")
    with st.container(horizontal=True):
        for task, view in VIEWS.items():
            if not view.text.sample_note:
                continue
            if st.button(f"Sample {WORDS[task].many}", icon=view.text.icon, key=f"sample_{task}"):
                try:
                    import_jobs.start_sample(task)
                except GraftError as error:
                    show_error(error)


def _or_error(draw: Callable[[], None]) -> None:
    try:
        draw()
    except GraftError as error:
        show_error(error)


def _import(received: Received | None) -> None:
    if received is None:
        return
    if table_import.is_table(received):
        table_import.open_table(received)
    else:
        import_jobs.start_import(received)
