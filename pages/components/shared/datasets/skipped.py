"""The list of what was skipped, narrow enough for a phone: names and reasons go on in a second line."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.components.shared.text import escape_formulas
from tlcore.data.manifest import Skipped
from tlcore.errors import printable

ROW = 70  # pixels: from here on Streamlit breaks the lines in a cell
NAME, REASON = 130, 200  # pixels of a column at least: together they fit a phone


def skipped_table(skipped: Sequence[Skipped]) -> None:
    """What was skipped, and why; a grid draws text only."""
    rows = [{"What": printable(item.name, 500), "Why it was skipped": item.reason} for item in skipped]
    st.dataframe(
        escape_formulas(pd.DataFrame(rows)),
        hide_index=True,
        row_height=ROW,
        column_config={
            "What": st.column_config.TextColumn(width=NAME),
            "Why it was skipped": st.column_config.TextColumn(width=REASON),
        },
    )
