"""The result of a run on the test split: the accuracy with its interval, the phases, and notes."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from pages.components.shared.runs import chance_level, phase_results, score_without_duplicates
from pages.components.shared.text import counted, percent, plain
from tlcore.data.task_words import TaskWords
from tlcore.evaluate.report import Report, Score
from tlcore.runs.run import Run


def show(run: Run, report: Report) -> None:
    """The result in short; the Evaluate page shows all of it."""
    words = run.words
    headline(report.test, words)
    score_without_duplicates.show(run, words)
    phase_results.show(report, words)
    notes(report, words)


def headline(test: Score, words: TaskWords) -> None:
    """The accuracy with its 95 % interval, and the chance level."""
    low, high = test.interval
    with st.container(border=True):
        first, second = st.columns(2)
        first.metric(
            f"Right on {words.many} it has never seen",
            percent(test.accuracy),
            help="Accuracy on the test split, which the model never saw in training.",
        )
        chance_level.metric(second, test)
        tests = counted(test.n, f"test {words.one}", f"test {words.many}")
        st.caption(
            f"{tests}. With this many, the true accuracy is between **{percent(low)}** and "
            f"**{percent(high)}** (95 % interval: true in 95 of 100 such tests)."
        )


def notes(report: Report, words: TaskWords) -> None:
    """The report's note; further figures only for who asks, since one accuracy is the one to quote."""
    if report.note:
        st.caption(plain(report.note))
    sentences = [*_other_figures(report, words)]
    if report.head_choice:
        sentences.append(_head_sentence(report, words))
    with st.popover("More about this number", icon=":material/help:", type="tertiary"):
        for sentence in sentences:
            st.markdown(sentence)


def _other_figures(report: Report, words: TaskWords) -> Iterator[str]:
    """The accuracy on validation examples, and the spread over several splits if few were held out."""
    yield (
        f"**Test** {words.many} were never seen in training: this is the number to quote. "
        f"**Validation** {words.many} decided when training was to stop, so their "
        f"{percent(report.validation_accuracy)} ({report.validation_n:,} {words.many}) flatter the model."
    )
    if report.cross_validation:
        folds = report.cross_validation
        yield (
            f"**Cross-validation**: only a few {words.many} were held out, so the head was also trained on "
            f"{_number_word(len(folds.folds))} different splits of the other {folds.n}: "
            f"{percent(folds.mean)} right on average, ± {percent(folds.deviation)} "
            f"(from {percent(min(folds.folds))} to {percent(max(folds.folds))})."
        )


def _head_sentence(report: Report, words: TaskWords) -> str:
    """The head that was chosen, and what it has learned from."""
    sentence = (
        f"The head was chosen for your {words.many}: a simple one without hidden layers, held back as far as "
        f"that helps with new {words.many}."
    )
    if report.refit:
        sentence += (
            f" At the end it learned from the validation {words.many} too; figures on these are from before."
        )
    return sentence


def _number_word(number: int) -> str:
    return {2: "two", 3: "three", 4: "four", 5: "five"}.get(number, str(number))


def classes_in_words(labels: tuple[str, ...], most: int = 6) -> str:
    """Class names for a sentence, as Markdown."""
    shown = ", ".join(plain(label) for label in labels[:most])
    return shown if len(labels) <= most else f"{shown} and {len(labels) - most} more"
