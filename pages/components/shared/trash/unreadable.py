"""Entries that cannot be read: each is named with its reason, and can be put aside. The others work on."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.components.shared.selection import entry_kinds
from pages.components.shared.selection.entry_kinds import kind_of
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import isolated, plain, show_error
from pages.components.shared.trash import delete
from tlcore.errors import GraftError, printable
from tlcore.runs.run import Run

AT_ONCE = 3  # before the others are asked for
HELP = "It goes to the deleted items, below on this page: anybody can bring it back from there."


def show(names: tuple[str, ...]) -> None:
    """Those of these kinds; nothing where all can be read."""
    found = [pair for name in names if name != "tests" for pair in entry_kinds.unreadable_entries(name)]
    for folder, reason in found[:AT_ONCE]:
        show_row(folder, reason)
    if found[AT_ONCE:]:
        with st.expander(f"{len(found) - AT_ONCE} more cannot be read", icon=":material/broken_image:"):
            for folder, reason in found[AT_ONCE:]:
                show_row(folder, reason)


def show_row(folder: Path, reason: str) -> None:
    """One of them, with the way to put it aside."""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        name = isolated(printable(folder.name, 80))
        said = f"The {kind_of(folder).one} in the folder “{name}” cannot be read. {plain(reason)}"
        st.markdown(f":material/broken_image: {said}", width="stretch")
        _aside(folder, "Put it aside", key_of(f"aside_{folder.parent.name}", folder.name))


def show_run_failure(run: Run, error: GraftError) -> None:
    """What a page shows instead of a finished run: the error, and the way on where the run is spoiled."""
    try:
        run.report()
        run.labels()
    except GraftError:
        show_failure(run.folder, error)
    else:
        show_error(error)


def show_failure(folder: Path, error: GraftError) -> None:
    """What a page shows instead of a chosen entry whose files do not let it be shown."""
    show_error(error)
    _aside(folder, f"Put this {kind_of(folder).one} aside", key_of("aside_chosen", folder.name))


def _aside(folder: Path, label: str, key: str) -> None:
    if st.button(label, icon=":material/delete:", key=key, help=HELP):
        try:
            delete.discard([folder])
        except GraftError as error:
            show_error(error)
            return
        st.rerun()
