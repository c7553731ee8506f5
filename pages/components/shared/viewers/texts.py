"""Showing texts: one in full, or the beginnings of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from pages.components.browser.upload.upload import TABLE
from pages.components.shared.text import isolated, paragraph, show_error
from pages.components.shared.viewers.viewer import ExamplePreviews, Viewer
from tlcore.data.dataset import Dataset
from tlcore.data.text_store import read_texts, texts_version
from tlcore.errors import GraftError, printable

LONGEST = 280  # characters of a text in a list
LONGEST_ON_MAP = 140
GONE = "(this text is gone)"


def texts_of(dataset: Dataset) -> Mapping[str, str]:
    """The texts of a data set by SHA-256; they stay in memory until the file changes.

    Raises:
        DataError: they cannot be read.
    """
    return _read(str(dataset.folder), texts_version(dataset.folder))


@st.cache_resource(max_entries=4, show_spinner=False)
def _read(folder: str, modified: int) -> Mapping[str, str]:
    return read_texts(Path(folder))


def show_text(text: str) -> None:
    """A text; of a long one the beginning, with the whole text one click away."""
    if len(text) <= LONGEST:
        st.markdown(paragraph(text), width="stretch")
        return
    st.markdown(paragraph(f"{text[:LONGEST].rstrip()} …"), width="stretch")
    with st.popover("Whole text", icon=":material/unfold_more:"):
        _lines(text)


def _lines(text: str) -> None:
    for line in text.splitlines():
        st.markdown(isolated(line))


def small(dataset: Dataset, sha256: str) -> None:
    """The beginning of one text."""
    try:
        show_text(texts_of(dataset).get(sha256, GONE))
    except GraftError as error:
        show_error(error)


def large(dataset: Dataset, sha256: str) -> None:
    """One text in full."""
    try:
        _lines(texts_of(dataset).get(sha256, GONE))
    except GraftError as error:
        show_error(error)


def glimpses(dataset: Dataset, shown: Sequence[str]) -> ExamplePreviews:
    """The beginning of each text.

    Raises:
        DataError: they cannot be read.
    """
    texts = texts_of(dataset)
    return ExamplePreviews(
        texts=tuple(printable(texts.get(sha256, GONE), LONGEST_ON_MAP) for sha256 in shown)
    )


def options(key: str) -> Sequence[str]:
    """Boxes for the names of a table's columns, for a table whose columns cannot be guessed."""
    with st.popover("Which column is what?", icon=":material/table:"):
        st.caption("You can leave these empty: Graft understands most tables as they are.")
        text = st.text_input("Column with the texts", key=f"{key}_text_column").strip()
        label = st.text_input("Column with the classes", key=f"{key}_label_column").strip()
    names = (("--text-column", text), ("--label-column", label))
    return [f"{option}={name}" for option, name in names if name]


VIEWER = Viewer(
    card=320,
    small=small,
    large=large,
    glimpses=glimpses,
    labelled=TABLE,
    options=options,
)
