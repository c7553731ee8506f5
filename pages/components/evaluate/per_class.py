"""Evaluate, class by class: recall, precision, F1 and count of each, and the curves of the chosen one."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.components.evaluate import pr_roc
from pages.components.evaluate.results.report_cache import follow_click, report_of
from pages.components.shared.class_colours import class_colours
from pages.components.shared.selection.chooser import choose_one
from pages.components.shared.selection.keys import key_part
from pages.components.shared.selection.labels import class_labels
from pages.components.shared.text import escape_formulas
from tlcore.data.task_words import TaskWords
from tlcore.errors import printable
from tlcore.evaluate.report import Score
from tlcore.runs.run import Run


def show(run: Run) -> None:
    """Classes of the test examples."""
    show_scores(report_of(run).test, run.words, key_part(run.id))


def show_scores(test: Score, words: TaskWords, key: str) -> None:
    """Table of a score, with the curves of one class below it; `key` names both on their page."""
    clicked = _table(test, words, key)
    st.header("Curves of one class", anchor=False)
    if not test.curves:
        st.info("An older version of Graft wrote this report, without curves.", icon=":material/history:")
        return
    box = f"curves_of_{key}"
    follow_click(box, clicked, range(len(test.labels)), _weakest(test))
    number = choose_one("Class", dict(enumerate(class_labels(test.labels).values())), key=box)
    colour = class_colours(test.labels)[test.labels[number]]
    share = test.per_class[number].n / max(1, test.n)
    pr_roc.show(test.curves[number], share, words, f"curves_{key}", colour)


def _weakest(test: Score) -> int:
    """Number of the class that is hardest to tell apart, of those in the test."""
    scores = [(curve.average_precision, n) for n, curve in enumerate(test.curves)]
    return min(((value, n) for value, n in scores if value is not None), default=(0.0, 0))[1]


def _table(test: Score, words: TaskWords, key: str) -> int | None:
    """Draw all classes; returns the number of the one whose row is chosen."""
    st.caption(
        f"**Recall**: of the {words.many} of this class, the share that the model finds. **Precision**: of "
        "its answers with this class, the share that is right. **F1** is high only if both are. Click a "
        "heading to sort; tick a row to see its curves."
    )
    table = pd.DataFrame(
        [
            {
                "Class": printable(c.label),
                "Recall": 100 * c.recall,
                "Precision": 100 * c.precision,
                "F1": 100 * c.f1,
                f"Test {words.many}": c.n,
            }
            for c in test.per_class
        ]
    )
    share = st.column_config.ProgressColumn(format="%.1f %%", min_value=0, max_value=100)
    event = st.dataframe(
        escape_formulas(table),
        hide_index=True,
        column_config={"Recall": share, "Precision": share, "F1": share},
        key=f"classes_{key}",
        on_select="rerun",
        selection_mode="single-row",
        alt="Scores of every class",
    )
    chosen = [row for row in event["selection"]["rows"] if row < len(test.labels)]
    return chosen[0] if chosen else None
