"""Evaluate: the scores and mistakes of a finished model; the address names the run and the section."""

from __future__ import annotations

import streamlit as st

from pages.components.evaluate import external_tests
from pages.components.evaluate.sections import SECTIONS_OF
from pages.components.shared import step_code
from pages.components.shared.runs import origin
from pages.components.shared.runs.no_model import show_no_model
from pages.components.shared.selection import sections
from pages.components.shared.selection.addresses import restate
from pages.components.shared.selection.run_chooser import choose_run
from pages.components.shared.selection.selection import all_runs
from pages.components.shared.text import page_header
from pages.components.shared.trash import notices, unreadable
from tlcore.errors import GraftError
from tlcore.export.code.common import values
from tlcore.runs.run import Run

PURPOSE = "See how good a model is, where it goes wrong, and how far you can trust it."
EXPLANATION = """
Every number here is counted on **test examples**: part of your data that was held back from training, so the
model has never seen it. Expect about the same on new examples that are like your data.

You can look at the examples behind the numbers, and read every chart as a table.
"""


def main() -> None:
    """The page."""
    restate()
    line = page_header("Evaluate", PURPOSE, EXPLANATION)
    notices.above("evaluate")
    run = choose_run(all_runs(), line)
    has_model = run is not None and run.has_model
    if run and has_model and line.button("Try it", type="primary", icon=":material/search:"):
        st.switch_page("pages/predict.py", query_params={"run": run.id})
    if run is None:
        show_no_model("You have no model yet. Train one first.")
        return
    if not has_model:
        _show_unfinished(run)
        return
    try:
        origin.show(run)
        if run.report().test.n:
            sections.choose(SECTIONS_OF[run.task], "evaluate").show(run)
        else:
            external_tests.show(run)
        step_code.show("evaluate", lambda: values.of_run(run))
    except GraftError as error:
        unreadable.show_run_failure(run, error)


def _show_unfinished(run: Run) -> None:
    st.info(
        "This run has no model yet. See on the Train page how it is doing.", icon=":material/hourglass_empty:"
    )
    if st.button("Go to Train", type="primary"):
        st.switch_page("pages/train.py", query_params={"run": run.id})


main()
notices.below("evaluate")
