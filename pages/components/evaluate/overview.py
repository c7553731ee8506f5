"""Evaluate, overview: the accuracy and how sure it is, what guessing would reach, means over classes."""

from __future__ import annotations

import numpy as np
import streamlit as st

from pages.components.evaluate.results.report_cache import report_of
from pages.components.shared.runs import results, score_without_duplicates
from pages.components.shared.text import counted, percent
from tlcore.evaluate import metrics
from tlcore.evaluate.report import Macro, Score
from tlcore.runs.run import Run

MEANS = """
Each is worked out for every class and then averaged, so that a rare class counts as much as a common one.
**Found** is *recall*: of the {many} of a class, how many were recognised. **Right when said** is *precision*:
of the {many} called so, how many are. **F1** balances the two: it is high only when both are.
"""


def show(run: Run) -> None:
    """All of it."""
    report, words = report_of(run), run.words
    results.headline(report.test, words)
    _mistakes(run, report.test)
    score_without_duplicates.show(run, words)
    _means(report.test, words.many)
    results.notes(report, words)


def _mistakes(run: Run, test: Score) -> None:
    """The way from the number to what it stands for."""
    wrong = sum(p.predicted != p.label for p in test.predictions)
    if wrong:
        st.page_link(
            "pages/evaluate.py",
            label=f"See {counted(wrong, 'mistake')}, the surest first",
            icon=":material/arrow_forward:",
            query_params={"run": run.id, "section": "mistakes"},
        )


def _means(test: Score, many: str) -> None:
    means = test.macro or Macro(*metrics.macro(np.array(test.confusion)))
    with st.container(border=True):
        st.markdown("**Means over the classes** (macro averages)")
        with st.grid(3, min_column_width=150):
            st.metric("Found", percent(means.recall), help="Macro-averaged recall.")
            st.metric("Right when said", percent(means.precision), help="Macro-averaged precision.")
            st.metric("F1", percent(means.f1), help="Macro-averaged F1.")
        st.caption(MEANS.format(many=many))
