"""The code for this step: what a page does, in plain Keras with the page's own values; shown on demand."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.components.shared.text import plain
from tlcore.errors import GraftError
from tlcore.export.code.common.code_step import StepName
from tlcore.export.code.common.values import CodeValues
from tlcore.export.code.steps import steps_of

WHOLE = "This is one of five steps; a script with all of them is on the Export page, under Code."


def show(step: StepName, values: Callable[[], CodeValues]) -> None:
    """A closed panel at the foot of a page.

    Args:
        values: asked only once somebody opens it. It may raise a GraftError, which says why there is none.
    """
    panel = st.expander(
        "The code for this step", icon=":material/code:", key=f"code_{step}", on_change="rerun"
    )
    if not panel.open:
        return
    with panel:
        try:
            own = values()
            own_step = steps_of(own)[step]
            about, text = own_step.about(own), own_step.code(own)
        except GraftError as error:
            st.caption(plain(error.what))
            return
        st.caption(f"{about} {WHOLE}")
        st.code(text, language="python", wrap_lines=True)
