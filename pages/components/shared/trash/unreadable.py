"""Entries that cannot be read: each is shown with the reason and can be deleted. The others still work."""

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

AT_ONCE = 3  # the others are one click away
HELP = "You can bring it back from “Recently deleted” at the end of this page."


def show(names: tuple[str, ...]) -> None:
    """The unreadable entries of these kinds; nothing if all can be read."""
    entries = [pair for name in names if name != "tests" for pair in entry_kinds.unreadable_entries(name)]
    for folder, reason in entries[:AT_ONCE]:
        show_row(folder, reason)
    if entries[AT_ONCE:]:
        with st.expander(f"{len(entries) - AT_ONCE} more cannot be read", icon=":material/broken_image:"):
            for folder, reason in entries[AT_ONCE:]:
                show_row(folder, reason)


def show_row(folder: Path, reason: str) -> None:
    """One unreadable entry, with a button that deletes it."""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        name = isolated(printable(folder.name, 80))
        message = f"The {kind_of(folder).one} in the folder “{name}” cannot be read. {plain(reason)}"
        st.markdown(f":material/broken_image: {message}", width="stretch")
        _delete_button(folder, "Delete it", key_of(f"aside_{folder.parent.name}", folder.name))


def show_run_failure(run: Run, error: GraftError) -> None:
    """Show an error instead of a run's model, with a Delete button if a finished run itself is damaged."""
    if not run.has_model:  # it is at work, or can go on
        show_error(error)
        return
    try:
        run.report()
        run.labels()
    except GraftError:
        show_failure(run.folder, error)
    else:
        show_error(error)


def show_failure(folder: Path, error: GraftError) -> None:
    """Show an error instead of a chosen entry whose files are damaged, with a Delete button."""
    show_error(error)
    _delete_button(folder, f"Delete this {kind_of(folder).one}", key_of("aside_chosen", folder.name))


def _delete_button(folder: Path, label: str, key: str) -> None:
    if st.button(label, icon=":material/delete:", key=key, help=HELP):
        try:
            delete.discard([folder])
        except GraftError as error:
            show_error(error)
            return
        st.rerun()
