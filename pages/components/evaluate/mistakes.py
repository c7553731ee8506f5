"""Evaluate, mistakes: the wrong answers, the surest first, since these tell most."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.components.evaluate.results.report_cache import report_of, show_examples
from pages.components.shared.selection.chooser import choose_one
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.labels import class_labels
from pages.components.shared.text import counted, escape_formulas, percent
from tlcore.data.task_words import TaskWords
from tlcore.errors import printable
from tlcore.evaluate.report import Prediction, Score
from tlcore.runs.run import Run

ALL, EVERY = "\0all", "All classes"  # no class is called so
WHY = """
The surest come first. When the model is very sure and wrong, the **label** is often wrong, or the {one} shows
two classes. When it is unsure, more {many} of these classes may help.
"""


def show(run: Run) -> None:
    """Mistakes of all classes or of one."""
    test, words = report_of(run).test, run.words
    wrong = _wrong(test)
    if not wrong:
        st.success(f"No mistake on {counted(test.n, f'test {words.one}', f'test {words.many}')}.")
        return
    counts = {label: sum(p.label == label for p in wrong) for label in dict.fromkeys(p.label for p in wrong)}
    st.markdown(
        f"**{len(wrong):,}** of {test.n:,} answers are wrong. {WHY.format(one=words.one, many=words.many)}"
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = class_labels(test.labels)
        chosen = choose_one(
            "Class",
            {ALL: EVERY} | {label: f"{names[label]} ({count})" for label, count in counts.items()},
            key=key_of("mistakes_on", run.id),
            width=320,
        )
        as_table = st.toggle("As a table", key="mistakes_as_table", persist_state="session")
    shown = [p for p in wrong if chosen in (ALL, p.label)]
    if shown:
        st.page_link(
            "pages/predict.py",
            label="Ask why it got the first one wrong",
            icon=":material/help:",
            query_params={"run": run.id, "example": shown[0].sha256},
        )
    if as_table:
        _table(shown, words)
        return
    pairs = [(p.sha256, f"{p.label}, taken for {p.predicted} · {percent(p.confidence, 0)}") for p in shown]
    show_examples(run, pairs, key_of("mistakes", run.id, chosen))


def _wrong(test: Score) -> list[Prediction]:
    """The mistakes, the surest first."""
    return sorted((p for p in test.predictions if p.predicted != p.label), key=lambda p: -p.confidence)


def _table(shown: list[Prediction], words: TaskWords) -> None:
    st.dataframe(
        escape_formulas(
            pd.DataFrame(
                [
                    {
                        words.one.capitalize(): printable(p.name),
                        "Class": printable(p.label),
                        "Answer": printable(p.predicted),
                        "Confidence": 100 * p.confidence,
                    }
                    for p in shown
                ]
            )
        ),
        hide_index=True,
        column_config={"Confidence": st.column_config.NumberColumn(format="%.1f %%")},
        alt="Mistakes, the surest first",
    )
