"""Predict: give a finished model pictures or texts it has never seen and read its answers."""

from __future__ import annotations

import streamlit as st

from pages.components.predict.answers import prediction_label, predictors, side_by_side
from pages.components.shared.runs.results import classes_in_words
from pages.components.shared.selection.selection import choose_run, finished_runs
from pages.components.shared.text import page_header
from pages.components.shared.trash import notices, unreadable
from pages.components.tasks.tasks import VIEWS
from tlcore.errors import GraftError

PURPOSE = "Try a model on something it has never seen."
EXPLANATION = """
The model looks at it in the same way as in training and says how likely each class is. The chances always add
up to 100 %: it must choose among the classes it knows, also for what is none of them.

- **Not sure** stands for a chance that is too small: you choose the limit on the Evaluate page.
- **This looks like nothing I was trained on** does not look at the chances: it compares the input with all
  that was trained on. A model can be very sure of something it has never seen anything like.
- Give it **many at once**, and you get a table of answers, which goes on in the background.
- Put **another model beside it** to see where the two differ.
"""


def main() -> None:
    """The page."""
    page_header("Predict", PURPOSE, EXPLANATION, label="How should I read the answer?")
    notices.above("predict")
    left, right = st.columns(2)
    with left:
        run = choose_run(finished_runs(), "Model")
    if run is None:
        st.info("There is no finished model yet. Train one first; it takes a minute.", icon=":material/info:")
        if st.button("Go to Model", type="primary"):
            st.switch_page("pages/model.py")
        return
    try:
        with right:
            beside = side_by_side.choose(run)
        asked = (run,) if beside is None else (run, beside)
        for model in asked:
            predictors.wake(model)
        prediction_label.show_threshold(run, f"It knows: {classes_in_words(run.labels())}.")
        VIEWS[run.task].predict(asked)
    except GraftError as error:
        unreadable.show_run_failure(run, error)


main()
notices.below("predict")
