"""Result of an external test: accuracy with its interval, warnings, confusions and classes."""

from __future__ import annotations

import streamlit as st

from pages.components.evaluate import confusion_matrix, per_class
from pages.components.evaluate.results.report_cache import report_of, was_replaced
from pages.components.shared.runs import chance_level
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import counted, interval_text, isolated, percent
from pages.components.tasks.tasks import VIEWS
from tlcore.data.task_words import TaskWords
from tlcore.errors import printable
from tlcore.evaluate.statistics.metrics import wilson_interval
from tlcore.runs.external_test import ExternalTest, ExternalTestResult
from tlcore.runs.run import Run

RESUMED = """
This result is from the model before the run was resumed. Test again to see the score of the new one.
"""
MOST_NAMED = 8  # classes in a sentence


def show(run: Run, test: ExternalTest, outcome: ExternalTestResult) -> None:
    """Headline, warnings and two tabs."""
    words, key = run.words, key_of("elsewhere", run.id, test.id)
    _headline(run, outcome, words)
    _warnings(run, outcome, words)
    matrix, classes = st.tabs(["Confusions", "Class by class"], key=f"tabs_{key}")
    with matrix:
        show_pairs = VIEWS[run.task].data.captioned
        dataset = test.dataset(outcome)
        confusion_matrix.show_matrix(
            outcome.score, words, lambda pairs, place: show_pairs(dataset, pairs, place), key
        )
    with classes:
        per_class.show_scores(outcome.score, words, key)


def _headline(run: Run, outcome: ExternalTestResult, words: TaskWords) -> None:
    score, own = outcome.score, report_of(run).test
    with st.container(border=True):
        first, second, third = st.columns(3)
        first.metric("Right here", percent(score.accuracy), help="Accuracy: the share of right answers.")
        second.metric(
            "Right on its own test data",
            percent(own.accuracy),
            help="The same model on the test examples of its own data set.",
        )
        chance_level.metric(third, score)
        low, high = score.interval
        part = " of its test split" if score.split == "test" else ""
        st.caption(
            f"{words.counted(score.n).capitalize()}{part}. With so many, the true accuracy on such data lies "
            f"between **{percent(low)}** and **{percent(high)}** (95 % interval: in 95 of 100 such tests it "
            "would)."
        )


def _warnings(run: Run, outcome: ExternalTestResult, words: TaskWords) -> None:
    """Reasons why the number is too good, and examples that it leaves out."""
    if was_replaced(run, outcome.edition):
        st.warning(RESUMED, icon=":material/update:")
    if outcome.seen is None:
        st.caption(f"Its data set is gone, so Graft cannot check whether it learned from these {words.many}.")
    elif outcome.seen:
        st.warning(overlap_warning(outcome, words), icon=":material/balance:")
    if outcome.unknown:
        named = ", ".join(
            f"{isolated(printable(label, 60))} ({count:,})"
            for label, count in list(outcome.unknown.items())[:MOST_NAMED]
        )
        more = len(outcome.unknown) - MOST_NAMED
        st.info(
            f"Left out: {words.counted(sum(outcome.unknown.values()))} of "
            f"{counted(len(outcome.unknown), 'class', 'classes')} that the model does not know: {named}"
            f"{f' and {more} more' if more > 0 else ''}.",
            icon=":material/help_center:",
        )
    if outcome.skipped:
        st.caption(f"{counted(outcome.skipped, 'file or row', 'files or rows')} could not be read.")


def overlap_warning(outcome: ExternalTestResult, words: TaskWords) -> str:
    """Sentence on how many of the examples it learned from, and its accuracy on the others."""
    overlap = set(outcome.seen or ())
    others = [answer for answer in outcome.score.predictions if answer.sha256 not in overlap]
    count = outcome.score.n - len(others)
    begin = f"The model learned from {words.counted(count)} of these, so its score here is too good."
    if not others:
        return f"{begin} Nothing here is new to it."
    right = sum(answer.label == answer.predicted for answer in others)
    return (
        f"{begin} Of the {counted(len(others), 'other')} it gets **{percent(right / len(others))}** right "
        f"(95 % interval: {interval_text(wilson_interval(right, len(others)))})."
    )
