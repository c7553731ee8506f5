"""Compare: all runs side by side, and experiments; the address names what is shown."""

from __future__ import annotations

import streamlit as st

from pages.components.compare import runs
from pages.components.compare.experiments import experiments
from pages.components.shared.selection.chooser import choose_segment
from pages.components.shared.text import page_header
from pages.components.shared.trash import notices

PURPOSE = (
    "See which of your models is best, in what they differ, and whether the difference is more than chance."
)
EXPLANATION = """
**Accuracy** is the share of test examples that a model names right. A test has only so many examples, so it
comes with a **95 % interval**: in 95 of 100 such tests the true accuracy lies within it. When two models were
asked the same examples, what counts is how many only one of them got right; that is compared, too.

**Choose by validation**, not by the test: the best of many test accuracies looks better than that model is.
The sentence on the chosen runs, the experiments and the coach do so, too.

**Runs** are all that you have trained. An **experiment** trains several runs that differ in one thing, and
ends in one picture and one sentence.
"""
VIEWS = {"runs": "Runs", "experiments": "Experiments"}
SHOW = {"runs": runs.show, "experiments": experiments.show}


def main() -> None:
    """The page."""
    # A link from this page to itself leaves the browser's address as it was, unless it is said once more.
    st.query_params.from_dict(st.query_params.to_dict())
    page_header("Compare", PURPOSE, EXPLANATION, label="What do these words mean?")
    notices.above("compare")
    st.session_state["compare_view"] = view = _view()
    choose_segment(
        "What to compare",
        VIEWS,
        key="compare_view",
        on_change=_turn,
        label_visibility="collapsed",
    )
    SHOW[view]()


def _view() -> str:
    """What the address asks for: an experiment or the list of them, or else runs."""
    if "experiment" in st.query_params:
        st.query_params.pop("view", None)  # that one says enough
        return "experiments"
    return "experiments" if st.query_params.get("view") == "experiments" else "runs"


def _turn() -> None:
    """Let the address say which side was chosen."""
    for name in ("experiment", "runs"):
        st.query_params.pop(name, None)
    if st.session_state["compare_view"] == "experiments":
        st.query_params["view"] = "experiments"
    else:
        st.query_params.pop("view", None)


main()
notices.below("compare")
