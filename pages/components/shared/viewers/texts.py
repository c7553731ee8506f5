"""Texts one by one, and many at a glance: how each begins."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from pages.components.browser.upload.upload import TABLE
from pages.components.shared.text import isolated, paragraph, show_error
from pages.components.shared.viewers.viewer import ExamplePreviews, Viewer
from tlcore.data.dataset import Dataset
from tlcore.data.importing.texts import FILE, read_texts
from tlcore.errors import GraftError, printable

LONGEST = 280  # characters of a text that a list shows
GLIMPSE = 140  # and a map
GONE = "(this text is gone)"


def texts_of(dataset: Dataset) -> dict[str, str]:
    """The texts of a data set by SHA-256, kept in memory as long as the file does not change.

    Raises:
        DataError: they cannot be read.
    """
    path = dataset.folder / FILE
    return _read(str(dataset.folder), path.stat().st_mtime_ns if path.exists() else 0)


@st.cache_resource(max_entries=4, show_spinner=False)
def _read(folder: str, modified: int) -> dict[str, str]:
    return read_texts(Path(folder))


def show_text(text: str) -> None:
    """A text, or its beginning with all of it one click away."""
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
    """Its beginning."""
    try:
        show_text(texts_of(dataset).get(sha256, GONE))
    except GraftError as error:
        show_error(error)


def large(dataset: Dataset, sha256: str) -> None:
    """All of it."""
    try:
        _lines(texts_of(dataset).get(sha256, GONE))
    except GraftError as error:
        show_error(error)


def glimpses(dataset: Dataset, shown: Sequence[str]) -> ExamplePreviews:
    """How each begins.

    Raises:
        DataError: they cannot be read.
    """
    known = texts_of(dataset)
    return ExamplePreviews(texts=tuple(printable(known.get(sha256, GONE), GLIMPSE) for sha256 in shown))


def options(key: str) -> Sequence[str]:
    """Which columns of the table hold what, for one whose columns cannot be guessed."""
    with st.popover("Which column is what?", icon=":material/table:"):
        st.caption("Leave these empty: most tables are understood as they are.")
        text = st.text_input("Column with the texts", key=f"{key}_text_column").strip()
        label = st.text_input("Column with the classes", key=f"{key}_label_column").strip()
    named = (("--text-column", text), ("--label-column", label))
    return [f"{option}={name}" for option, name in named if name]


VIEWER = Viewer(
    card=320,
    small=small,
    large=large,
    glimpses=glimpses,
    labelled=TABLE,
    options=options,
)
