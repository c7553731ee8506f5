"""Public data sets: a card for each, with its size, its licence and a Download button."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.datasets import import_jobs
from pages.components.shared.text import counted, plain, show_error, size
from tlcore.data.samples.public_datasets import PUBLIC, PublicSet
from tlcore.errors import GraftError

INTRODUCTION = (
    "Openly licensed pictures from the internet, checked against their published hash (a fingerprint of the "
    "file) before import. No internet? Use the samples below."
)


def show() -> None:
    """One card for each data set."""
    st.caption(INTRODUCTION)
    with st.grid(2, min_column_width=300):
        for entry in PUBLIC.values():
            _card(entry)


def _card(entry: PublicSet) -> None:
    with st.container(border=True, height="stretch", key=f"public_{entry.id}"):
        st.markdown(f"**{plain(entry.title)}**")
        st.markdown(plain(entry.about))
        facts = f"{counted(entry.pictures, 'picture')} · {counted(len(entry.classes), 'class', 'classes')}"
        st.caption(f"{facts} · {size(entry.bytes)} to download")
        st.caption(f"{plain(entry.licence)}, by {plain(entry.by)}: {plain(entry.page)}")
        if st.button("Download", icon=":material/download:", key=f"fetch_{entry.id}"):
            try:
                import_jobs.start_fetch(entry.id)
            except GraftError as error:
                show_error(error)
