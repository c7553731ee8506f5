"""Pictures of a data set as a grid of thumbnails, a page at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import streamlit as st

from pages.components.words import plain
from tlcore.data.manifest import Dataset, Example

PER_PAGE = 60


def gallery(dataset: Dataset, examples: Sequence[Example], key: str) -> None:
    """The examples with their class beneath."""
    shown = [(example.sha256, example.label) for example in examples]
    thumbnails(dataset, shown, key)


def thumbnails(
    dataset: Dataset, shown: Sequence[tuple[str, str]], key: str, per_page: int = PER_PAGE
) -> None:
    """Thumbnails for (sha256, caption) pairs; captions are shown as text."""
    pages = math.ceil(len(shown) / per_page)
    page = 1
    if pages > 1:
        page = st.pagination(pages, key=f"{key}_page")
    with st.grid(min_column_width=100, gap="small", vertical_alignment="bottom", key=f"{key}_grid"):
        for sha256, caption in shown[(page - 1) * per_page : page * per_page]:
            path = dataset.thumbnail(sha256)
            if path.is_file():
                # Not at a width in pixels: it would be scaled and encoded anew at every rerun.
                st.image(path, plain(caption), width="stretch", alt=caption)
            else:
                st.caption(f"{plain(caption)}: the thumbnail is gone")
