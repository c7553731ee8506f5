"""The outcome in the other programs that a run was to be written for."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.text import plain
from tlcore.export.tracking import record
from tlcore.export.tracking.record import TITLES
from tlcore.runs.run import Run


def show(run: Run) -> None:
    """Where each program finds it, or why it does not; nothing where nobody asked for one."""
    tracking = record.read(run.folder)
    for problem in tracking.problems.values():
        st.warning(plain(problem), icon=":material/warning:")
    for tool in tracking.written:
        with st.expander(f"In {TITLES[tool]}", icon=":material/monitoring:"):
            st.caption(
                f"This line shows all runs that were written for {TITLES[tool]}, where that is installed:"
            )
            st.code(record.viewing(tool), language="bash", wrap_lines=True)
