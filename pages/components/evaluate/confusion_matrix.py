"""Evaluate, confusions: the confusion matrix, each of whose cells opens its examples.

You choose a cell on the chart, in the table or in a box; the box works without a mouse, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import streamlit as st

from pages.components.evaluate.results.confusion_chart import (
    MOST_NUMBERED,
    Cell,
    ConfusionCounts,
    chosen_cell,
    height,
    spec,
)
from pages.components.evaluate.results.report_cache import follow_click, report_of, show_examples
from pages.components.shared.selection.chooser import choose_or_none
from pages.components.shared.selection.keys import key_of, key_part
from pages.components.shared.selection.labels import class_labels
from pages.components.shared.text import counted, escape_formulas, percent, plain
from tlcore.data.task_words import TaskWords
from tlcore.errors import printable
from tlcore.evaluate.report import Score
from tlcore.runs.run import Run

ExampleDrawer = Callable[[Sequence[tuple[str, str]], str], None]


def show(run: Run) -> None:
    """Matrix of the test examples, and those of the chosen cell."""
    show_matrix(
        report_of(run).test,
        run.words,
        lambda pairs, key: show_examples(run, pairs, key),
        key_part(run.id),
    )


def show_matrix(test: Score, words: TaskWords, draw: ExampleDrawer, key: str) -> None:
    """Matrix of a score, and the examples of the chosen cell.

    Args:
        draw: shows (sha256, caption) pairs; its second argument is a key.
        key: names this matrix on its page.
    """
    cells = _cells(test)
    if not cells:
        st.info(f"This run has no test {words.many}.", icon=":material/info:")
        return
    as_table = st.toggle(
        "As a table", value=len(test.labels) > MOST_NUMBERED, key=f"confusion_as_table_{key}"
    )
    clicked = _in_table(test, cells, words, key) if as_table else _in_chart(test, words, key)
    box = f"cell_{key}"
    follow_click(box, clicked, cells, next(iter(cells)))
    chosen = choose_or_none(
        f"{words.many.capitalize()} in the cell",
        _cell_names(cells, test),
        placeholder="Choose a cell",
        key=box,
    )
    if chosen:
        answers = test.predictions_of(*chosen)
        shown = [(p.sha256, f"{p.predicted} · {percent(p.confidence, 0)}") for p in answers]
        draw(shown, key_of(f"behind_{key}", *chosen))
    elif clicked:
        label, predicted = map(plain, clicked)
        st.markdown(f"No {words.one} of “{label}” was taken for “{predicted}”.")


def _cells(test: Score) -> dict[Cell, int]:
    """Non-empty cells, the mistakes first, the most frequent first."""
    found = {
        (label, predicted): test.confusion[i][j]
        for i, label in enumerate(test.labels)
        for j, predicted in enumerate(test.labels)
        if test.confusion[i][j]
    }
    return dict(sorted(found.items(), key=lambda item: (item[0][0] == item[0][1], -item[1])))


def _cell_names(cells: Mapping[Cell, int], test: Score) -> dict[Cell, str]:
    shown = class_labels(test.labels)
    return {
        (label, answer): f"{shown[label]}, right ({count})"
        if label == answer
        else f"{shown[label]}, taken for {shown[answer]} ({count})"
        for (label, answer), count in cells.items()
    }


def _in_chart(test: Score, words: TaskWords, key: str) -> Cell | None:
    """Draw the chart; returns the clicked cell."""
    st.caption(
        f"Rows are classes, columns are the model's answers. Answers on the diagonal are right. The stronger "
        f"the colour, the larger the share of the class. Click a cell to see its {words.many}."
    )
    counts = ConfusionCounts(test.labels, test.labels, test.confusion, words.many)
    event = st.echarts_chart(
        spec(counts),
        height=height(counts),
        key=f"confusion_{key}",
        on_select="rerun",
        renderer="svg" if len(test.labels) <= MOST_NUMBERED else "canvas",
        alt="Confusion matrix: what each class was taken for",
    )
    cell = chosen_cell(event, counts)
    return None if cell is None else (test.labels[cell[0]], test.labels[cell[1]])


def _in_table(test: Score, cells: dict[Cell, int], words: TaskWords, key: str) -> Cell | None:
    """Draw the cells as a table; returns the one whose row is chosen."""
    of_class = {c.label: c.n for c in test.per_class}
    kinds = counted(sum(label != answer for label, answer in cells), "kind")
    st.caption(
        f"{kinds} of mistake, the most frequent first, then the right answers. Tick a row to see its "
        f"{words.many}."
    )
    rows = [
        {
            "Class": printable(label),
            "Answer": printable(answer),
            "Count": count,
            "Of its class": 100 * count / max(1, of_class[label]),
        }
        for (label, answer), count in cells.items()
    ]
    event = st.dataframe(
        escape_formulas(pd.DataFrame(rows)),
        hide_index=True,
        column_config={
            "Of its class": st.column_config.ProgressColumn(
                format="%.1f %%",
                min_value=0,
                max_value=100,
                help=f"The share of the test {words.many} of this class that got this answer.",
            )
        },
        key=f"confusion_table_{key}",
        on_select="rerun",
        selection_mode="single-row",
        alt="Confusions",
    )
    chosen = [row for row in event["selection"]["rows"] if row < len(cells)]
    return list(cells)[chosen[0]] if chosen else None
