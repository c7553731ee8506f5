"""Predict: answers of a finished model to new pictures or texts."""

from __future__ import annotations

import streamlit as st

from pages.components.predict.held_out import link
from pages.components.shared import step_code
from pages.components.shared.answers import prediction_label, predictors, side_by_side
from pages.components.shared.runs.no_model import show_no_model
from pages.components.shared.runs.results import classes_in_words
from pages.components.shared.selection.run_chooser import choose_run
from pages.components.shared.selection.selection import runs_with_model
from pages.components.shared.text import page_header
from pages.components.shared.trash import notices, unreadable
from pages.components.tasks.tasks import VIEWS
from tlcore.errors import GraftError
from tlcore.export.code.common import values

PURPOSE = "Try a model on something new."
EXPLANATION = """
A model of classes says how likely each of them is. These probabilities always add up to 100 %, even if the
input belongs to none of the classes. The highest one is its **confidence**.

- **Not sure**: the confidence is below the threshold, which you choose on the Evaluate page.
- **But unlike my training pictures**: little in the training data looks like this input. The answer is often
right all the same.
- **Unlike anything in training**: nothing in the training data looks like this input. A model can be very
sure about such an input and still be wrong.
- Send **many at once** to get a table. It keeps filling in the background.
- A model of **boxes** gives each object that it finds a score. A model of **areas** gives each pixel its
likeliest class.
- **Compare with** another model to see where the two disagree.
"""


def main() -> None:
    """The page."""
    line = page_header("Predict", PURPOSE, EXPLANATION)
    notices.above("predict")
    run = choose_run(runs_with_model(), line)
    if run is None:
        show_no_model("You have no finished model yet. Train one first: it takes a minute.")
        return
    try:
        answers, further = st.container(), st.container()
        with further:
            prediction_label.show_threshold(run, f"Its classes: {classes_in_words(run.labels())}.")
            second = side_by_side.choose(run)
        runs = (run,) if second is None else (run, second)
        for model in runs:
            predictors.wake(model)
        link.follow(run)
        with answers:
            VIEWS[run.task].predict(runs)
        step_code.show("predict", lambda: values.of_run(run))
    except GraftError as error:
        unreadable.show_run_failure(run, error)


main()
notices.below("predict")
