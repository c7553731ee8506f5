"""Evaluate, class by class: precision, recall, F1 and count of each."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.components.evaluation_facts import report_of
from pages.components.tasks import words_of
from tlcore.data.words import Words
from tlcore.evaluate.report import Score
from tlcore.runs.run import Run


def show(run: Run) -> None:
    """The table."""
    words = words_of(run)
    _table(report_of(run).test, words)


def _table(test: Score, words: Words) -> None:
    st.caption(
        f"**Found** (recall): of the {words.many} of this class, how many were recognised. **Right when "
        f"said** (precision): of the {words.many} called so, how many are. **F1** balances the two."
    )
    table = pd.DataFrame(
        [
            {
                "Class": c.label,
                "Found": c.recall,
                "Right when said": c.precision,
                "F1": c.f1,
                f"Test {words.many}": c.n,
            }
            for c in test.per_class
        ]
    )
    share = st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)
    st.dataframe(
        table,
        hide_index=True,
        column_config={"Found": share, "Right when said": share, "F1": share},
        alt="Every class with its scores",
    )
