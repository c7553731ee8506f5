"""Evaluate, map: the examples of a run, laid out by what its model sees in them."""

from __future__ import annotations

import streamlit as st

from pages.components.evaluate.results.analysis_cache import analysis_of, show_missing
from pages.components.shared.analyses.analysed import AnalysedExamples
from pages.components.shared.analyses.embedding_map import embedding_map
from tlcore.runs.run import Run


def show(run: Run) -> None:
    """Map, or the reason why there is none."""
    run_analysis = analysis_of(run)
    if run_analysis is None:
        show_missing(run, "the map")
        return
    if not run_analysis.points:
        why = f"This run has too few {run.words.many} for a map."
        if run_analysis.no_points == "failed":
            why = "The map could not be drawn: see train.log in the folder of this run."
        st.info(why, icon=":material/info:")
        return
    source = AnalysedExamples(run.id, run.dataset(), run.task, run_analysis, classes=run.labels())
    st.fragment(embedding_map.show)(source)
