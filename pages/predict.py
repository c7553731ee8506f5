"""Predict: give a finished model pictures or texts it has never seen and read its answers."""

from __future__ import annotations

import streamlit as st

from pages.components import answers
from pages.components.chosen import choose_run, finished_runs
from pages.components.results import classes_in_words
from pages.components.tasks import SHOWN, task_of
from pages.components.words import page_header, show_error
from tlcore.errors import GraftError

PURPOSE = "Try a model on something it has never seen."
EXPLANATION = """
The model looks at it in the same way as in training and says how likely each class is. The chances always add
up to 100 %: it must choose among the classes it knows, also for what is none of them.
"""


def main() -> None:
    """The page."""
    page_header("Predict", PURPOSE, EXPLANATION, label="How should I read the answer?")
    run = choose_run(finished_runs(), "Model")
    if run is None:
        st.info("There is no finished model yet. Train one first; it takes a minute.", icon=":material/info:")
        if st.button("Go to Model", type="primary"):
            st.switch_page("pages/model.py")
        return
    try:
        answers.warm(run)
        st.caption(f"It knows: {classes_in_words(run.labels())}.")
        SHOWN[task_of(run)].ask(run)
    except GraftError as error:
        show_error(error)


main()
