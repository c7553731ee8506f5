"""The switch with which a person shares a data set or run with the others of the server."""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st

from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import show_error
from tlcore.errors import GraftError
from tlcore.people import CLASSROOM, SWITCH, sharing
from tlcore.runs.run import Run
from tlcore.workspace.home import is_shared

DATA = "with all its examples and versions"
RUN = "with its settings and report. The examples stay with you, unless you share their data set too"
FROM_FILE = "Its network came in a file. Share that file instead: the others can open it, too."


def others() -> str:
    """The others, in words."""
    return "the class" if os.environ.get(SWITCH) == CLASSROOM else "the others"


def show(folder: Path) -> None:
    """The switch of the data set or run in `folder`; nothing where there are no others."""
    if not is_shared():
        return
    key = key_of("share", folder.name)
    is_run = folder.parent.name == "runs"
    st.session_state[key] = sharing.shared_since(folder) is not None  # another tab may have turned it
    is_on = st.toggle(
        f"Share with {others()}",
        key=key,
        on_change=_turn,
        args=(folder, key),
        disabled=is_run and Run(folder).is_from_elsewhere,
        help=FROM_FILE if is_run and Run(folder).is_from_elsewhere else None,
    )
    if is_on:
        st.caption(
            f"Everybody sees it under “Shared with you” and may make a copy, {RUN if is_run else DATA}. "
            "Switch this off, and nobody can any more. Copies that were made stay."
        )
    if error := st.session_state.pop(_failure(key), None):
        show_error(error)


def _turn(folder: Path, key: str) -> None:
    try:
        (sharing.offer if st.session_state[key] else sharing.withdraw)(folder)
    except GraftError as error:
        st.session_state[_failure(key)] = error


def _failure(key: str) -> str:
    return f"{key}_failed"
