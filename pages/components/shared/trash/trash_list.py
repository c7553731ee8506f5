"""Recently deleted entries, read from the workspace's trash, with a button that brings each back."""

from __future__ import annotations

import time

import streamlit as st

from pages.components.shared.paging import choose_page
from pages.components.shared.selection.entry_kinds import KINDS, entry_name, exists
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import plain, show_error
from tlcore import system
from tlcore.errors import GraftError, printable
from tlcore.workspace import Workspace, trash
from tlcore.workspace.trash import DAYS, TrashItem

PER_PAGE = 10
NOTE = f"Kept for {DAYS} days. If the disk fills up, the oldest are removed first."


def show(kinds: tuple[str, ...]) -> None:
    """Deleted entries of these kinds, in a box that opens on demand."""
    items = [item for item in trash.trash_items(Workspace().root) if _is_wanted(item, kinds)]
    if not items:
        return
    box = st.expander(
        "Recently deleted", icon=":material/restore_from_trash:", key="deleted", on_change="rerun"
    )
    if not box.open:
        return
    with box:
        st.caption(NOTE)
        page = choose_page(len(items), PER_PAGE, "deleted_page")
        for item in items[(page - 1) * PER_PAGE : page * PER_PAGE]:
            _row(item)


def _is_wanted(item: TrashItem, kinds: tuple[str, ...]) -> bool:
    """Whether it is an entry of these kinds; a failed import is none, so there is nothing to bring back."""
    return item.kind in kinds and system.is_text(item.name) and exists(item.folder / KINDS[item.kind].file)


def _row(item: TrashItem) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap="xxsmall"):
            st.markdown(entry_name(KINDS[item.kind], item.folder, item.name))
            one = KINDS[item.kind].one.capitalize()
            st.caption(f"{one}, deleted {_when(item.deleted)} · {plain(printable(item.name))}")
        if st.button("Bring back", icon=":material/undo:", key=key_of("back", item.folder.name)):
            try:
                Workspace().restore(item.folder)
            except GraftError as error:
                show_error(error)
                return
            st.rerun()


def _when(seconds: int) -> str:
    """A time on this computer's clock; a fixed text for a number that is no time."""
    try:
        moment = time.localtime(seconds)
    except (OverflowError, OSError, ValueError):
        return "at an unknown time"
    return f"{moment.tm_mday} {time.strftime('%b, %H:%M', moment)}"
