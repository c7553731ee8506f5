"""The table of skipped files, narrow enough for a phone: long names and reasons wrap."""

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
    """Each skipped file with its reason, as text only."""
    rows = [{"Name": printable(item.name, 500), "Reason": item.reason} for item in skipped]
    st.dataframe(
        escape_formulas(pd.DataFrame(rows)),
        hide_index=True,
        row_height=ROW,
        column_config={
            "Name": st.column_config.TextColumn(width=NAME),
            "Reason": st.column_config.TextColumn(width=REASON),
        },
    )
