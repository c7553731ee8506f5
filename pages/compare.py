"""Compare: runs side by side, and experiments; the address names what is shown."""

from __future__ import annotations

import streamlit as st

from pages.components.compare import runs
from pages.components.compare.experiments import experiments
from pages.components.shared.selection.addresses import restate
from pages.components.shared.selection.chooser import choose_segment
from pages.components.shared.text import page_header
from pages.components.shared.trash import notices

PURPOSE = "See which model is best, how your models differ, and whether the difference is more than chance."
EXPLANATION = """
**Accuracy** is the share of test examples that a model gets right. A test has only so many examples, so the
accuracy comes with a **95 % interval**: in 95 of 100 such tests the true accuracy lies within it. For two
models with the same test examples, Graft also compares which examples only one of them got right.

**Choose by validation accuracy**, not by the test: the best of many test accuracies looks better than the
model is. Graft does the same here, in experiments and in the coach's advice.

A **run** is one training. An **experiment** trains several runs that differ in one thing, and ends in a
chart and a sentence.
"""
VIEWS = {"runs": "Runs", "experiments": "Experiments"}
SHOW = {"runs": runs.show, "experiments": experiments.show}


def main() -> None:
    """The page."""
    restate()
    page_header("Compare", PURPOSE, EXPLANATION)
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
    """View that the address names: experiments, or else runs."""
    if "experiment" in st.query_params:
        st.query_params.pop("view", None)  # the experiment says enough
        return "experiments"
    return "experiments" if st.query_params.get("view") == "experiments" else "runs"


def _turn() -> None:
    """Write the chosen view into the address."""
    for name in ("experiment", "runs"):
        st.query_params.pop(name, None)
    if st.session_state["compare_view"] == "experiments":
        st.query_params["view"] = "experiments"
    else:
        st.query_params.pop("view", None)


main()
notices.below("compare")
