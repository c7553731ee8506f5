"""Switches for the programs that a run is also written for when it ends: no setting of the model."""

from __future__ import annotations

import streamlit as st

from tlcore.export.tracking.record import INSTALL, TITLES, TOOLS, ToolName, is_installed


def choose() -> tuple[ToolName, ...]:
    """The programs that are switched on."""
    box = st.expander(
        "See it in TensorBoard or MLflow",
        icon=":material/monitoring:",
        key="tracking",
        on_change="rerun",
    )
    with box:
        st.caption(
            "Programs that many use to compare trainings. When the run ends, its curves, settings, scores "
            "and model are written for them too, into the workspace. Nothing is sent anywhere."
        )
        return tuple(tool for tool in TOOLS if _switch(tool, bool(box.open)))


def _switch(tool: ToolName, is_seen: bool) -> bool:
    is_there = is_installed(tool)
    is_on = st.toggle(TITLES[tool], key=f"track_{tool}", persist_state="session", disabled=not is_there)
    if not is_there and is_seen:  # what draws code is the browser's largest script
        st.caption(f"{TITLES[tool]} needs a package that is not installed. Type this, then start Graft anew:")
        st.code(INSTALL[tool], language="bash", wrap_lines=True)
    return is_on and is_there
