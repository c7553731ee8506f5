"""The results of the phases of training: the head alone, then fine-tuning and its gain."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.text import percent
from tlcore.data.task_words import TaskWords
from tlcore.evaluate.report import Gain, PhaseReport, Report
from tlcore.evaluate.statistics.metrics import paired_difference_interval
from tlcore.runs.experiments.experiment import Comparison
from tlcore.runs.experiments.sentences import gain_sentence

NAMES = {
    "head": "The head alone",
    "fine-tuning": "Fine-tuned",
    "whole": "All from random weights",
}


def show(report: Report, words: TaskWords) -> None:
    """One line for each phase if there were several, and a sentence about the gain of fine-tuning."""
    if report.kept == "start":
        st.info(
            "No epoch was better on validation than the weights the run started from, so those were kept.",
            icon=":material/undo:",
        )
    if len(report.phases) < 2:
        return
    earlier = 0
    for phase in report.phases:
        st.caption(_line(phase, earlier, phase.name == report.kept, words))
        earlier += phase.epochs
    head, tuned = report.phases[0], report.phases[-1]
    if report.kept == head.name:
        st.info(
            f"**The head alone was kept.** On validation {words.many} it reached {_scores(head, words)}; "
            f"fine-tuning reached {_scores(tuned, words)}. {_rule(words)}",
            icon=":material/undo:",
        )
    elif report.gain:
        st.info(f"{sentence(report.gain, words)}{_blend(report.share)}", icon=":material/trending_up:")


def _rule(words: TaskWords) -> str:
    if words.counts_right:
        return "Fine-tuning is kept only if one of the two numbers is better and neither is worse."
    return f"The weights that score better on validation {words.many} are kept, whatever the loss."


def sentence(gain: Gain, words: TaskWords) -> str:
    """The change that fine-tuning made on the test examples, and whether it could be chance."""
    interval = paired_difference_interval(gain.only_after, gain.only_before, gain.n)
    found = Comparison("fine-tuning", "head", gain.n, gain.only_after, gain.only_before, interval)
    return gain_sentence("Fine-tuning after the head", found, words)


def _blend(share: float) -> str:
    if share == 1.0:
        return ""
    return (
        f" The model is a blend: its weights are {percent(share, 0)} of the way from the head alone to the "
        "fine-tuned network, which was better on validation than either."
    )


def _line(phase: PhaseReport, earlier: int, kept: bool, words: TaskWords) -> str:
    """The scores of a phase; the report counts epochs on, from `earlier` ones."""
    end = f", ended early: {phase.stopped}" if phase.stopped else ""
    mark = " · **kept**" if kept else ""
    best = f"epoch {max(0, phase.best_epoch - earlier)} of {phase.epochs}"
    return (
        f"**{NAMES.get(phase.name, phase.name)}**: {words.scored(phase.validation_accuracy)} on validation "
        f"{words.many} after {best}, where its loss was lowest{end}{mark}"
    )


def _scores(phase: PhaseReport, words: TaskWords) -> str:
    return f"{words.scored(phase.validation_accuracy)}, loss {phase.validation_loss:.3f}"
