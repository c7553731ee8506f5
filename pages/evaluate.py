"""Evaluate: how good a finished model is and where it errs; the address names the run and the section."""

from __future__ import annotations

import streamlit as st

from pages.components.evaluate import sections
from pages.components.shared.selection.selection import all_runs, choose_run
from pages.components.shared.text import page_header
from pages.components.shared.trash import notices, unreadable
from tlcore.errors import GraftError
from tlcore.runs.run import Run

PURPOSE = "See how good a model is, where it errs, and how far you can trust its answers."
EXPLANATION = """
Everything here is counted on **test examples**: some of your data were set aside before training, and the
model has never seen them. So these numbers say what to expect of new ones that are like your data.

Every number that stands for examples opens them. Every chart can be read as a table, too.
"""


def main() -> None:
    """The page."""
    # A link from this page to itself leaves the browser's address as it was, unless it is said once more.
    st.query_params.from_dict(st.query_params.to_dict())
    page_header("Evaluate", PURPOSE, EXPLANATION, label="What are these numbers counted on?")
    notices.above("evaluate")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        run = choose_run(all_runs(), "Model")
        has_model = run is not None and run.has_model
        if run and has_model and st.button("Try it", type="primary", icon=":material/search:"):
            st.switch_page("pages/predict.py", query_params={"run": run.id})
    if run is None:
        st.info("There is no model to look at yet. Train one first.", icon=":material/info:")
        if st.button("Go to Model", type="primary"):
            st.switch_page("pages/model.py")
        return
    if not has_model:
        _not_yet(run)
        return
    section = sections.choose()
    try:
        section.show(run)
    except GraftError as error:
        unreadable.show_run_failure(run, error)


def _not_yet(run: Run) -> None:
    st.info("This run has no model yet. Let it finish first.", icon=":material/hourglass_empty:")
    if st.button("Go to Train", type="primary"):
        st.switch_page("pages/train.py", query_params={"run": run.id})


main()
notices.below("evaluate")
