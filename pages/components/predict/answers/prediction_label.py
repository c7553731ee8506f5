"""Verdict on an answer in words: its class, "not sure", or "unlike anything in training"."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components.shared.text import percent, plain
from tlcore.evaluate import confidence_threshold
from tlcore.evaluate.confidence_threshold import Verdict, verdict
from tlcore.runs.run import Run

NAMES: dict[Verdict, str] = {
    "answered": "Answered",
    "not sure": "Not sure",
    "unknown": "Unlike anything in training",
    "not read": "Could not be read",
}
HELP = """
“Not sure”: the confidence is below this model's threshold. “Unlike anything in training”: farther from every
training example than nearly all examples that were held back.
"""
UNKNOWN = """
It is farther from every training example than nearly all examples that were held back. The model still has to
choose one of its classes, so its answer may mean nothing, however sure it looks.
"""


def verdict_of(run: Run, answer: dict[str, Any]) -> Verdict:
    """Verdict on an answer that is no error, by the threshold of the run."""
    threshold = confidence_threshold.read(run.folder).threshold
    return verdict(answer["confidence"], bool(answer.get("unknown", False)), threshold)


def show(run: Run, answer: dict[str, Any]) -> None:
    """Show the verdict as a heading, with its meaning where it is no class."""
    outcome, label = verdict_of(run, answer), plain(answer["label"])
    if outcome == "answered":
        st.markdown(f"### {label}")
        return
    guess = f"Best guess: **{label}** ({percent(answer['confidence'])})."
    if outcome == "unknown":
        st.markdown("### :material/travel_explore: Unlike anything in training")
        st.caption(f"{UNKNOWN} {guess}")
        return
    threshold = percent(confidence_threshold.read(run.folder).threshold, 0)
    st.markdown("### :material/help: Not sure")
    st.caption(f"{guess} Below {threshold} this model says “not sure”.")


def show_threshold(run: Run, before: str) -> None:
    """Show the threshold of the model, with a link to the page where you choose it.

    Args:
        before: our own Markdown, shown before it.
    """
    threshold = confidence_threshold.read(run.folder).threshold
    if threshold:
        text, link = f"Below {percent(threshold, 0)} confidence it says “not sure”.", "Change the threshold"
    else:
        text, link = "It always answers, even when unsure.", "Set a threshold"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="limit"):
        st.caption(f"{before} {text}", width="content")
        st.page_link(
            "pages/evaluate.py",
            label=link,
            icon=":material/tune:",
            query_params={"run": run.id, "section": "sureness"},
        )
