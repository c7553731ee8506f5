"""What an answer comes to, in words: its class, "not sure", or "nothing I was trained on"."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components.shared.text import percent, plain
from tlcore.runs import confidence_threshold
from tlcore.runs.confidence_threshold import Verdict, verdict
from tlcore.runs.run import Run

NAMES: dict[Verdict, str] = {
    "answered": "Answered",
    "not sure": "Not sure",
    "unknown": "Like nothing it was trained on",
    "not read": "Could not be read",
}
HELP = """
“Not sure”: the chance of the likeliest class is below the limit that was chosen for this model. “Like nothing
it was trained on”: it is farther from everything in training than nearly all examples that were held back.
"""
UNKNOWN = """
It is farther from everything I was trained on than nearly all examples that were held back. I must choose
among the classes that I know, also here: the chances may mean nothing, however sure they look.
"""


def verdict_of(run: Run, answer: dict[str, Any]) -> Verdict:
    """The verdict on an answer that is no error, by what is chosen for the run now."""
    threshold = confidence_threshold.read(run.folder).threshold
    return verdict(answer["confidence"], bool(answer.get("unknown", False)), threshold)


def show(run: Run, answer: dict[str, Any]) -> None:
    """The verdict as a heading, and what it means where it is no class."""
    found, label = verdict_of(run, answer), plain(answer["label"])
    if found == "answered":
        st.markdown(f"### {label}")
        return
    guess = f"The best guess is **{label}**, with a chance of {percent(answer['confidence'])}."
    if found == "unknown":
        st.markdown("### :material/travel_explore: This looks like nothing I was trained on")
        st.caption(f"{UNKNOWN} {guess}")
        return
    limit = percent(confidence_threshold.read(run.folder).threshold, 0)
    st.markdown("### :material/help: Not sure")
    st.caption(f"{guess} Below {limit} this model says “not sure”, so that fewer of its answers are wrong.")


def show_threshold(run: Run, before: str) -> None:
    """From where on this model is sure, and the way to the page on which that is chosen.

    Args:
        before: our own Markdown, said before it.
    """
    threshold = confidence_threshold.read(run.folder).threshold
    if threshold:
        said, way = f"Below a chance of {percent(threshold, 0)} it says “not sure”.", "Change this limit"
    else:
        said, way = "It always answers, however unsure it is.", "Choose when it shall say “not sure”"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="limit"):
        st.caption(f"{before} {said}", width="content")
        st.page_link(
            "pages/evaluate.py",
            label=way,
            icon=":material/tune:",
            query_params={"run": run.id, "section": "sureness"},
        )
