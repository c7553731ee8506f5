"""What every page says of its entries: above it those that cannot be read, below it what was deleted."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.text import show_error
from pages.components.shared.trash import delete, trash_list, unreadable
from tlcore.errors import GraftError
from tlcore.workspace import Workspace

# The kinds that a page deals with, by its address; Home is at "".
KINDS = {
    "": ("datasets", "runs", "experiments", "batches"),
    "data": ("datasets",),
    "model": ("datasets",),
    "train": ("runs", "datasets"),
    "evaluate": ("runs", "tests", "datasets"),
    "predict": ("runs", "batches"),
    "compare": ("runs", "experiments"),
}


def above(page: str) -> None:
    """Below the head of the page with that address, in a container that is always there."""
    with st.container():
        _say_unusable()
        unreadable.show(KINDS[page])
        delete.undo_bar()


def _say_unusable() -> None:
    """Where there can be no workspace at all, whatever is done next."""
    try:
        Workspace().folder()
    except GraftError as error:
        show_error(error)


def below(page: str) -> None:
    """At the end of it."""
    trash_list.show(KINDS[page])
