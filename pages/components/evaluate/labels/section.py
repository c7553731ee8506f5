"""Evaluate, labels to check: the labels that look wrong to a run, ways to fix them, and retraining."""

from __future__ import annotations

import streamlit as st

from pages.components.evaluate.labels import retrain
from pages.components.evaluate.results.analysis_cache import analysis_of, show_missing
from pages.components.shared.analyses.analysed import AnalysedExamples
from pages.components.shared.analyses.labels import label_errors
from pages.components.shared.selection.selection import manifest_of
from pages.components.shared.text import show_errors
from tlcore.runs.run import Run

NOT_CHECKED = {  # reasons why no labels were checked
    "few": "This run has too few {many} per class to check their labels.",
    "continued": "This run started from another model, or did not train the head alone first, so no model is "
    "new to these {many}. Train a new model on the same data to check its labels.",
    "file": "This model came from a file and may have learned from these {many}. Train a new model on the "
    "same data to check its labels.",
    "failed": "The labels of this run could not be checked: see train.log in its folder. To try again, train "
    "again with the same settings.",
}


def show(run: Run) -> None:
    """Cards, tools and retraining, or the reason why there are none."""
    run_analysis, words = analysis_of(run), run.words
    dataset = run.dataset()
    if run_analysis is None and run.is_brought:
        st.info(NOT_CHECKED["file"].format(many=words.many), icon=":material/info:")
        return
    if run_analysis is None:
        show_missing(run, "the label check")
        return
    if not dataset.is_ready:
        st.info("The data set of this run is not here, nor are its labels.", icon=":material/info:")
        return
    if not run_analysis.examples:
        st.info(
            NOT_CHECKED[run_analysis.no_label_errors or "few"].format(many=words.many), icon=":material/info:"
        )
        return
    st.fragment(_section)(run, AnalysedExamples(run.id, dataset, run.task, run_analysis))


@show_errors
def _section(run: Run, source: AnalysedExamples) -> None:
    manifest = manifest_of(source.dataset)
    label_errors.show(source, manifest)
    retrain.show(run, source.dataset, manifest)
