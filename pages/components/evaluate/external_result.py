"""What a test on other data came to: accuracy with its interval, what flatters it, classes, confusions."""

from __future__ import annotations

import streamlit as st

from pages.components.evaluate import confusion_matrix, per_class
from pages.components.evaluate.results.report_cache import report_of, was_replaced
from pages.components.shared.runs import chance_level
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import counted, isolated, percent
from pages.components.tasks.tasks import VIEWS
from tlcore.data.task_words import TaskWords
from tlcore.errors import printable
from tlcore.evaluate.metrics import wilson_interval
from tlcore.runs.external_test import ExternalTest, ExternalTestResult
from tlcore.runs.run import Run

GONE_ON = """
This is of the model that the run had before it went on. Test again to see what its new one reaches here.
"""
MOST_NAMED = 8  # classes in a sentence


def show(run: Run, test: ExternalTest, outcome: ExternalTestResult) -> None:
    """All of it."""
    words, key = run.words, key_of("elsewhere", run.id, test.id)
    _headline(run, outcome, words)
    _beside(run, outcome, words)
    matrix, classes = st.tabs(["What was taken for what", "Class by class"], key=f"tabs_{key}")
    with matrix:
        shown = VIEWS[run.task].data.captioned
        dataset = test.dataset(outcome)
        confusion_matrix.show_matrix(
            outcome.score, words, lambda pairs, place: shown(dataset, pairs, place), key
        )
    with classes:
        per_class.show_scores(outcome.score, words, key)


def _headline(run: Run, outcome: ExternalTestResult, words: TaskWords) -> None:
    score, own = outcome.score, report_of(run).test
    with st.container(border=True):
        first, second, third = st.columns(3)
        first.metric("Right here", percent(score.accuracy), help="Accuracy: the share that it named right.")
        second.metric(
            "Right on what was held out",
            percent(own.accuracy),
            help="The same model on test examples from the data that it was trained on.",
        )
        chance_level.metric(third, score)
        low, high = score.interval
        part = " of its test part" if score.split == "test" else ""
        st.caption(
            f"{words.counted(score.n).capitalize()}{part}. With so many, the true accuracy on such data lies "
            f"between **{percent(low)}** and **{percent(high)}** (95 % interval: in 95 of 100 such tests it "
            "would)."
        )


def _beside(run: Run, outcome: ExternalTestResult, words: TaskWords) -> None:
    """What flatters the number, and what was left out of it."""
    if was_replaced(run, outcome.edition):
        st.warning(GONE_ON, icon=":material/update:")
    if outcome.seen is None:
        st.caption(f"Whether it has seen these {words.many} in training cannot be told: its data are gone.")
    elif outcome.seen:
        st.warning(overlap_warning(outcome, words), icon=":material/balance:")
    if outcome.unknown:
        named = ", ".join(
            f"{isolated(printable(label, 60))} ({count:,})"
            for label, count in list(outcome.unknown.items())[:MOST_NAMED]
        )
        more = len(outcome.unknown) - MOST_NAMED
        st.info(
            f"Not asked: {words.counted(sum(outcome.unknown.values()))} of "
            f"{counted(len(outcome.unknown), 'class', 'classes')} that the model does not know: {named}"
            f"{f' and {more} more' if more > 0 else ''}.",
            icon=":material/help_center:",
        )
    if outcome.skipped:
        st.caption(f"{counted(outcome.skipped, 'file or row', 'files or rows')} could not be read.")


def overlap_warning(outcome: ExternalTestResult, words: TaskWords) -> str:
    """How many of the examples it has learned from, and what it reaches on the others."""
    known = set(outcome.seen or ())
    others = [answer for answer in outcome.score.predictions if answer.sha256 not in known]
    count = outcome.score.n - len(others)
    begin = f"It has already learned from {words.counted(count)} among these, so this number flatters it."
    if not others:
        return f"{begin} There are no others: nothing here is new to it."
    right = sum(answer.label == answer.predicted for answer in others)
    low, high = wilson_interval(right, len(others))
    return (
        f"{begin} On the {counted(len(others), 'other')} **{percent(right / len(others))}** are right "
        f"(95 % interval: {percent(low)} to {percent(high)})."
    )
