"""The ways to start a new data set: upload, one class at a time, public data sets, pasted texts, samples."""

from __future__ import annotations

import streamlit as st

from pages.components.browser.upload.upload import Received, upload_box
from pages.components.data import add_examples, public_datasets, table_import
from pages.components.shared.datasets import import_jobs
from pages.components.shared.text import show_error
from pages.components.tasks.tasks import VIEWS
from tlcore.data.task_words import WORDS
from tlcore.errors import GraftError


def show() -> None:
    """One tab for each way, and below them a sample of each task."""
    files, one_class, public, lines = st.tabs(
        ["Upload", "One class at a time", "Public data sets", "Paste texts"]
    )
    with one_class:
        add_examples.start()
    with public:
        public_datasets.show()
    for tab, ask in ((files, lambda: upload_box("upload")), (lines, table_import.paste)):
        with tab:
            try:
                received = ask()
                if received is not None:
                    _import(received)
            except GraftError as error:
                show_error(error)
    st.caption("No data yet? Try a sample.")
    with st.container(horizontal=True):
        for task, view in VIEWS.items():
            if st.button(f"Sample {WORDS[task].many}", icon=view.text.icon, key=f"sample_{task}"):
                try:
                    import_jobs.start_sample(task)
                except GraftError as error:
                    show_error(error)


def _import(received: Received) -> None:
    if table_import.is_table(received):
        table_import.open_table(received)
    else:
        import_jobs.start_import(received)
