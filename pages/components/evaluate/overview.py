"""Evaluate, overview: accuracy with its interval, the score of guessing, averages over classes."""

from __future__ import annotations

import numpy as np
import streamlit as st

from pages.components.evaluate.results.report_cache import report_of
from pages.components.shared.runs import results, score_without_duplicates
from pages.components.shared.text import counted, percent
from tlcore.evaluate.report import Macro, Score
from tlcore.evaluate.statistics import metrics
from tlcore.runs.run import Run

MEANS = """
Each is computed per class and then averaged, so a rare class counts as much as a common one. **Recall**: of
the {many} of a class, the share that the model finds. **Precision**: of its answers with that class, the
share that is right. **F1** is high only if both are.
"""


def show(run: Run) -> None:
    """Score, mistakes, duplicates, averages and notes."""
    report, words = report_of(run), run.words
    results.headline(run, report.test)
    if not report.test.n:
        return
    _mistakes(run, report.test)
    score_without_duplicates.show(run, words)
    _means(report.test, words.many)
    results.notes(run, report)


def _mistakes(run: Run, test: Score) -> None:
    """Link from the number of mistakes to the mistakes."""
    wrong = sum(p.predicted != p.label for p in test.predictions)
    if wrong:
        st.page_link(
            "pages/evaluate.py",
            label=f"See {counted(wrong, 'mistake')}",
            icon=":material/arrow_forward:",
            query_params={"run": run.id, "section": "mistakes"},
        )


def _means(test: Score, many: str) -> None:
    means = test.macro or Macro(*metrics.macro(np.array(test.confusion)))
    with st.container(border=True):
        st.markdown("**Averages over the classes** (macro averages)")
        with st.grid(3, min_column_width=150):
            st.metric("Recall", percent(means.recall))
            st.metric("Precision", percent(means.precision))
            st.metric("F1", percent(means.f1))
        st.caption(MEANS.format(many=many))
