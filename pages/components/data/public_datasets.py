"""Public data sets on the Data page: what each is, its size and licence, and a button to fetch it."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.datasets import import_jobs
from pages.components.shared.text import counted, plain, show_error, size
from tlcore.data.samples.public_datasets import PUBLIC, PublicSet
from tlcore.errors import GraftError

INTRODUCTION = (
    "Openly licensed pictures, fetched over the internet and checked against their published hash before "
    "they are imported. Without internet everything else works, and the samples are below."
)


def show() -> None:
    """One card for each set."""
    st.caption(INTRODUCTION)
    with st.grid(2, min_column_width=300):
        for entry in PUBLIC.values():
            _card(entry)


def _card(entry: PublicSet) -> None:
    with st.container(border=True, height="stretch", key=f"public_{entry.id}"):
        st.markdown(f"**{plain(entry.title)}**")
        st.markdown(plain(entry.about))
        facts = f"{counted(entry.pictures, 'picture')} · {counted(len(entry.classes), 'class', 'classes')}"
        st.caption(f"{facts} · {size(entry.bytes)} to fetch")
        st.caption(f"{plain(entry.licence)}, by {plain(entry.by)}: {plain(entry.page)}")
        if st.button("Fetch", icon=":material/download:", key=f"fetch_{entry.id}"):
            try:
                import_jobs.start_fetch(entry.id)
            except GraftError as error:
                show_error(error)
