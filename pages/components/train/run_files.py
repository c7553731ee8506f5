"""The files of a run: its folder, its settings and the end of its log."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.selection.keys import key_of
from tlcore.runs.run import Run
from tlcore.runs.workers.local_backend import tail

LOG_CHARACTERS = 4000


def show(run: Run) -> None:
    """All three in a box that opens on demand: what draws code is the browser's largest script."""
    box = st.expander(
        "Settings and log",
        icon=":material/description:",
        key=key_of("files", run.id),
        on_change="rerun",
    )
    if not box.open:
        return
    with box:
        st.caption("This run's files are in this folder:")
        st.code(str(run.folder), language=None, wrap_lines=True)
        st.code(_config_text(run), language="json")
        st.code(tail(run.log, LOG_CHARACTERS) or "No log yet.", language=None)


def _config_text(run: Run) -> str:
    try:
        return (run.folder / "config.json").read_text(encoding="utf-8", errors="replace")
    except OSError:  # deleted in another tab
        return ""
