"""What a run reached on the test split: the score and how sure it is, the phases, the way to the rest."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.runs import chance_level, phase_results, score_without_duplicates
from pages.components.shared.text import counted, percent, plain
from tlcore.data.task_words import TaskWords
from tlcore.evaluate.report import Report, Score
from tlcore.runs.run import Run


def show(run: Run, report: Report) -> None:
    """What counts, in short; the Evaluate page has all of it."""
    words = run.words
    headline(report.test, words)
    score_without_duplicates.show(run, words)
    phase_results.show(report, words)
    notes(report, words)


def headline(test: Score, words: TaskWords) -> None:
    """The accuracy with its 95 % interval, and what guessing would reach."""
    low, high = test.interval
    with st.container(border=True):
        first, second = st.columns(2)
        first.metric(
            f"Right on {words.many} it has never seen",
            percent(test.accuracy),
            help="Accuracy on the test split, which took no part in training.",
        )
        chance_level.metric(second, test)
        tests = counted(test.n, f"test {words.one}", f"test {words.many}")
        st.caption(
            f"{tests}. With so many, the true accuracy lies between "
            f"**{percent(low)}** and **{percent(high)}** (95 % interval: in 95 of 100 such tests it would)."
        )


def notes(report: Report, words: TaskWords) -> None:
    """What a person should know about how the examples were read, and the spread where few were held out."""
    if report.note:
        st.caption(plain(report.note))
    if report.cross_validation:
        folds = report.cross_validation
        st.caption(
            f"Few {words.many} were held out, so the head was also trained on "
            f"{_spelled(len(folds.folds))} different splits of the other {folds.n}: {percent(folds.mean)} "
            f"right on average, give or take {percent(folds.deviation)} (from {percent(min(folds.folds))} "
            f"to {percent(max(folds.folds))})."
        )


def _spelled(number: int) -> str:
    return {2: "two", 3: "three", 4: "four", 5: "five"}.get(number, str(number))


def classes_in_words(labels: tuple[str, ...], most: int = 6) -> str:
    """Class names for a sentence."""
    shown = ", ".join(plain(label) for label in labels[:most])
    return shown if len(labels) <= most else f"{shown} and {len(labels) - most} more"
