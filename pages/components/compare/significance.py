"""Sentence on the best two of the chosen runs: is the difference more than chance?"""

from __future__ import annotations

import hashlib
from pathlib import Path

import streamlit as st

from pages.components.compare.curves import MOST
from pages.components.compare.settings_diff import words_for
from pages.components.shared.runs.report_version import ReportVersion, report_version
from pages.components.shared.runs.run_facts import RunFacts
from pages.components.shared.text import isolated
from tlcore.data.task_words import TaskWords
from tlcore.errors import GraftError
from tlcore.runs.experiments.experiment import Comparison, compare
from tlcore.runs.experiments.sentences import certainty, count_tests, interval, overlap_sentence, points
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

DIFFERENT = "These runs were tested on different examples, so their scores do not show which is better."
NamedRun = tuple[RunFacts, str]  # a run and its name


def comparison_sentence(chosen: list[RunFacts], names: list[str]) -> str:
    """Sentence as Markdown; "" when fewer than two of them were scored.

    The best two are those with the best validation accuracy: chosen by the test itself, the first would look
    better than it is.
    """
    scored = [(facts, name) for facts, name in zip(chosen, names, strict=True) if facts.outcome][:MOST]
    if len(scored) < 2:
        return ""
    try:
        groups = _by_test(sorted(scored, key=_place))
        group = next((group for group in groups if len(group) > 1), None)
        if group is None:
            return DIFFERENT
        (first, name), (second, other) = group[:2]
        if not words_for([first, second]).counts_right:
            return _overlap_sentence((first, name), (second, other))
        found = _comparison(*(_version(facts) for facts in (first, second)))
    except (GraftError, OSError) as error:
        return f"These runs cannot be compared: {isolated(error)}"
    words = words_for([first, second])
    name, other = isolated(name), isolated(other)
    begin = ""
    if len(groups) > 1:
        begin = "Not all of these runs were tested on the same examples. Of those that were, "
    if len(scored) > 2:
        begin += f"**{name}** and **{other}** are the best by validation {words.score}. "
    return begin + _sentence(found, name, other, words)


def _place(named: NamedRun) -> float:
    outcome = named[0].outcome
    return -outcome.validation_accuracy if outcome else 0.0


def _by_test(ranked: list[NamedRun]) -> list[list[NamedRun]]:
    """Runs in groups with the same test examples, in the order of the best of each."""
    groups: dict[str, list[NamedRun]] = {}
    for named in ranked:
        groups.setdefault(_test(_version(named[0])), []).append(named)
    return list(groups.values())


def _sentence(found: Comparison, first: str, second: str, words: TaskWords) -> str:
    """Sentence on two runs; the names are Markdown."""
    tests = count_tests(found, words)
    if not found.gain:
        return (
            f"On the same {tests} both got equally many right: this test cannot tell which is better "
            f"({interval(found)})."
        )
    if found.gain < 0:
        found, first, second = found.turned(), second, first
    return (
        f"On the same {tests} **{first}** was right {points(found.gain)} more often than **{second}**; "
        f"{certainty(found)}."
    )


def _overlap_sentence(one: NamedRun, other: NamedRun) -> str:
    """Sentence on two runs whose scores are no counts of right answers: by their intervals."""
    (first, name), (second, also) = sorted(
        (one, other), key=lambda named: -named[0].outcome.test.accuracy if named[0].outcome else 0.0
    )
    assert first.outcome and second.outcome, "scored"
    words, best, next_best = words_for([first, second]), first.outcome.test, second.outcome.test
    return (
        f"On the same {words.counted(best.n)} **{isolated(name)}** has {words.scored(best.accuracy)} and "
        f"**{isolated(also)}** {words.figure(next_best.accuracy)}. "
        f"{overlap_sentence(best.interval, next_best.interval)}"
    )


def _version(facts: RunFacts) -> ReportVersion:
    return report_version(Workspace().root / "runs" / facts.run_id)


@st.cache_resource(max_entries=1000, show_spinner=False)
def _test(version: ReportVersion) -> str:
    """Digest of the test examples of a run, with their labels."""
    test = Run(Path(version[0])).report().test
    examples = sorted(repr((one.sha256, one.name, one.label)) for one in test.predictions)
    of_task = test.detection or test.segmentation
    if of_task:  # scores of two tasks say nothing of each other
        examples = [type(of_task).__name__, *sorted(repr((one.sha256, one.name)) for one in of_task.pictures)]
    return hashlib.sha256("\n".join(examples).encode(errors="replace")).hexdigest()


@st.cache_resource(max_entries=200, show_spinner=False)
def _comparison(first: ReportVersion, second: ReportVersion) -> Comparison:
    one, other = (Run(Path(folder)).report().test for folder, _ in (first, second))
    return compare("first", one, "second", other)
