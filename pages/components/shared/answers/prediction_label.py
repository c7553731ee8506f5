"""Verdict on an answer in words: its class, "not sure", or "unlike anything in training"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.components.shared.text import percent
from tlcore.data.manifest import Task
from tlcore.errors import printable
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
“Not sure”: the confidence is below this model's threshold. “Unlike anything in training”: farther from the
training examples than 99 in 100 of them are from each other.
"""
UNKNOWN = (
    "The model has learned from nothing like it. It still has to choose one of its classes, so its answer "
    "may mean nothing, however sure it looks."
)
UNLIKE = "Little in training looks like it, so check this answer."
MOST_LETTERS = 60  # of a class


@dataclass(frozen=True)
class AnswerWords:
    """An answer in words: a headline with its chance, a limit to it, and what the verdict means."""

    headline: str
    chance: str = ""
    turn: str = ""
    note: str = ""


def verdict_of(run: Run, answer: dict[str, Any]) -> Verdict:
    """Verdict on an answer that is no error, by the threshold of the run."""
    threshold = confidence_threshold.read(run.folder).threshold
    return verdict(answer["confidence"], bool(answer.get("unknown", False)), threshold)


def words_of(run: Run, answer: dict[str, Any]) -> AnswerWords:
    """The words of an answer that is no error: its class, or the verdict where that is no class."""
    outcome, label = verdict_of(run, answer), printable(answer["label"], MOST_LETTERS)
    guess = f"Best guess: {label} ({percent(answer['confidence'])})."
    if outcome == "unknown":
        return AnswerWords(NAMES["unknown"], note=f"{UNKNOWN} {guess}")
    unlike = f"unlike my training {run.words.many}" if answer.get("unlike") else ""
    if outcome == "not sure":
        threshold = percent(confidence_threshold.read(run.folder).threshold, 0)
        note = f"{guess} Below {threshold} this model says “not sure”."
        return AnswerWords(NAMES["not sure"], turn=unlike and f"and {unlike}", note=note)
    return AnswerWords(
        label, chance_text(answer["confidence"]), unlike and f"but {unlike}", UNLIKE if unlike else ""
    )


def chance_text(chance: float) -> str:
    """A chance in large type: in whole percent, and 100 % only where it is."""
    return percent(chance, 0) if chance < 0.995 or chance == 1.0 else "over 99 %"


def show_threshold(run: Run, before: str) -> None:
    """Show the threshold of the model, with a link to the page where you choose it.

    Args:
        before: our own Markdown, shown before it.
    """
    text, link = THRESHOLDS[run.task](run)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="limit"):
        st.caption(f"{before} {text}", width="content")
        if not link:
            return
        st.page_link(
            "pages/evaluate.py",
            label=link,
            icon=":material/tune:",
            query_params={"run": run.id, "section": "sureness"},
        )


def _of_classes(run: Run) -> tuple[str, str]:
    """The effect of the threshold, and the link to it."""
    threshold = confidence_threshold.read(run.folder).threshold
    if threshold:
        return f"Below {percent(threshold, 0)} confidence it says “not sure”.", "Change the threshold"
    return "It always answers, even when unsure.", "Set a threshold"


def _of_objects(run: Run) -> tuple[str, str]:
    if not run.has_model:
        return "", ""
    threshold = run.threshold()
    return f"Objects count from a score of {percent(threshold, 0)} on.", "Change the threshold"


THRESHOLDS: dict[Task, Callable[[Run], tuple[str, str]]] = {
    "images": _of_classes,
    "texts": _of_classes,
    "detection": _of_objects,
    "segmentation": lambda run: ("", ""),  # each pixel has its likeliest class
}
