"""The result of a run on the test split: the accuracy with its interval, the phases, and notes."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from pages.components.shared.runs import chance_level, phase_results, score_without_duplicates
from pages.components.shared.text import counted, percent, plain
from tlcore.data.task_words import WORDS, TaskWords
from tlcore.evaluate.report import HeadChoice, Report, Score
from tlcore.export.formats.terms import KINDS
from tlcore.runs.run import Run

NEVER_SEEN = "Accuracy on the test split, which the model never saw in training."
MAY_BE_SEEN = "Accuracy on the test split. The network came in a file: it may have seen them before."
NETWORK_FROM_FILE = (
    "Its network came from a file. Graft cannot tell what that was trained on: if these {many} were among "
    "it, the model does worse on new ones."
)
COUNTED = (
    "The head also counts {terms:,} {kind}, in the whole of each {one}: it answers new {many} better so."
)
UNTESTED = "This model came from a file and is not tested. The Evaluate page tests it on a data set."
METRICS = {
    "map50": (
        WORDS["detection"].score_title,
        "Mean average precision, from 0 to 1: how many objects are found and how few are invented, where a "
        "box counts as right if it shares half its area with the true one (IoU 0.5).",
    ),
    "map": ("mAP", "The same, as the mean over stricter and stricter boxes: IoU from 0.5 to 0.95."),
    "miou": (
        WORDS["segmentation"].score_title,
        "From 0 to 1: the area on which answer and truth agree, as a share of the area of both; the mean "
        "over the classes.",
    ),
}


def show(run: Run, report: Report) -> None:
    """The result in short; the Evaluate page shows all of it."""
    words = run.words
    headline(run, report.test)
    if not report.test.n:
        return
    score_without_duplicates.show(run, words)
    phase_results.show(report, words)
    notes(run, report)


def headline(run: Run, test: Score) -> None:
    """The accuracy with its 95 % interval, and the chance level."""
    words = run.words
    if not test.n:
        st.info(UNTESTED, icon=":material/help:")
        return
    if test.task_metrics:
        _places(test, words)
        return
    low, high = test.interval
    with st.container(border=True):
        first, second = st.columns(2)
        title, help = f"Right on {words.many} it has never seen", NEVER_SEEN
        if run.is_from_elsewhere:
            title, help = f"Right on test {words.many}", MAY_BE_SEEN
        first.metric(title, percent(test.accuracy), help=help)
        chance_level.metric(second, test)
        tests = counted(test.n, f"test {words.one}", f"test {words.many}")
        st.caption(
            f"{tests}. With this many, the true accuracy is between **{percent(low)}** and "
            f"**{percent(high)}** (95 % interval: true in 95 of 100 such tests)."
        )


def _places(test: Score, words: TaskWords) -> None:
    """The scores of a model that says where things are, with their intervals."""
    intervals: dict[str, tuple[float, float] | None] = {"map50": test.interval, "miou": test.interval}
    if test.detection:
        intervals["map"] = test.detection.map_interval
    with st.container(border=True):
        columns = st.columns(len(test.task_metrics))
        for column, (name, value) in zip(columns, test.task_metrics.items(), strict=True):
            title, help = METRICS[name]
            column.metric(title, "–" if value is None else f"{value:.3f}", help=help)
            interval = intervals[name]
            if interval:
                low, high = interval
                column.caption(f"95 % interval: **{low:.3f}** to **{high:.3f}**")
        tests = counted(test.n, f"test {words.one}", f"test {words.many}")
        st.caption(f"{tests}. With this many, the true scores are within these intervals in 95 of 100 tests.")


def notes(run: Run, report: Report) -> None:
    """The report's note; further figures only for who asks, since one accuracy is the one to quote."""
    words = run.words
    if report.note:
        st.caption(plain(report.note))
    if run.is_from_elsewhere:  # all that follows rests on examples that a model has never seen
        if not run.is_brought:  # else the note says so
            st.caption(NETWORK_FROM_FILE.format(many=words.many))
        return
    if report.head_choice and report.head_choice.counts:
        st.caption(_counted_sentence(report.head_choice, words))
    sentences = [*_other_figures(report, words)]
    if report.head_choice:
        sentences.append(_head_sentence(report, words))
    with st.popover("More about this number", icon=":material/help:", type="tertiary"):
        for sentence in sentences:
            st.markdown(sentence)


def _counted_sentence(choice: HeadChoice, words: TaskWords) -> str:
    kind = KINDS[choice.counts or "words"]
    return COUNTED.format(terms=choice.terms, kind=kind, one=words.one, many=words.many)


def _other_figures(report: Report, words: TaskWords) -> Iterator[str]:
    """The accuracy on validation examples, and the spread over several splits if few were held out."""
    yield (
        f"**Test** {words.many} were never seen in training: this is the number to quote. "
        f"**Validation** {words.many} decided when training was to stop, so their "
        f"{words.figure(report.validation_accuracy)} ({report.validation_n:,} {words.many}) flatter the "
        "model."
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
