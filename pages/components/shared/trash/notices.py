"""The notices of every page: at the top entries that cannot be read, at the end deleted ones."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.text import show_error
from pages.components.shared.trash import delete, trash_list, unreadable
from tlcore.errors import GraftError
from tlcore.workspace import Workspace

# The kinds of entries on each page, by its address; Home is at "".
KINDS = {
    "": ("datasets", "runs", "experiments", "batches"),
    "data": ("datasets",),
    "model": ("datasets",),
    "train": ("runs", "datasets"),
    "evaluate": ("runs", "tests", "datasets"),
    "predict": ("runs", "batches"),
    "export": ("runs",),
    "compare": ("runs", "experiments"),
}


def above(page: str) -> None:
    """The notices below the header of the page at that address, in a container that is always there."""
    with st.container():
        _check_workspace()
        unreadable.show(KINDS[page])
        delete.undo_bar()


def _check_workspace() -> None:
    """An error if the workspace folder cannot be used at all."""
    try:
        Workspace().folder()
    except GraftError as error:
        show_error(error)


def below(page: str) -> None:
    """The notices at the end of the page at that address."""
    trash_list.show(KINDS[page])
