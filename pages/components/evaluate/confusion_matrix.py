"""Evaluate, what was taken for what: the confusion matrix, whose every cell opens its examples.

A click on the chart, a row of the table and a box say which cell; the last works without a mouse, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import streamlit as st

from pages.components.evaluate.confusion_chart import MOST_NUMBERED, Cell, drawn_cells, height, spec
from pages.components.evaluate.results.report_cache import follow_click, report_of, show_examples
from pages.components.shared.selection.chooser import choose_or_none
from pages.components.shared.selection.keys import key_of, key_part
from pages.components.shared.selection.labels import class_labels
from pages.components.shared.text import counted, escape_formulas, percent, plain
from tlcore.data.task_words import TaskWords
from tlcore.errors import printable
from tlcore.evaluate.report import Score
from tlcore.runs.run import Run

OpenExamples = Callable[[Sequence[tuple[str, str]], str], None]


def show(run: Run) -> None:
    """The matrix of the held-out examples, and those of the chosen cell."""
    show_matrix(
        report_of(run).test,
        run.words,
        lambda shown, key: show_examples(run, shown, key),
        key_part(run.id),
    )


def show_matrix(test: Score, words: TaskWords, opened: OpenExamples, key: str) -> None:
    """The matrix of a score, and the examples of the chosen cell.

    Args:
        opened: draws (sha256, caption) pairs; its second argument is a key.
        key: names this matrix on its page.
    """
    cells = _cells(test)
    if not cells:
        st.info(f"There are no test {words.many}, so nothing was taken for anything.", icon=":material/info:")
        return
    as_table = st.toggle(
        "As a table", value=len(test.labels) > MOST_NUMBERED, key=f"confusion_as_table_{key}"
    )
    clicked = _in_table(test, cells, words, key) if as_table else _in_chart(test, words, key)
    box = f"cell_{key}"
    follow_click(box, clicked, cells, next(iter(cells)))
    chosen = choose_or_none(
        f"{words.many.capitalize()} behind",
        _cell_names(cells, test),
        placeholder="Choose a cell",
        key=box,
    )
    if chosen:
        behind = test.behind(*chosen)
        shown = [(p.sha256, f"{p.predicted} · {percent(p.confidence, 0)}") for p in behind]
        opened(shown, key_of(f"behind_{key}", *chosen))
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
        (label, said): f"{shown[label]}, rightly recognised ({count})"
        if label == said
        else f"{shown[label]}, taken for {shown[said]} ({count})"
        for (label, said), count in cells.items()
    }


def _in_chart(test: Score, words: TaskWords, key: str) -> Cell | None:
    """The chart; returns the cell that was clicked."""
    st.caption(
        f"Rows: what the {words.one} is. Columns: what the model said. On the diagonal it was right; the "
        f"stronger a colour, the larger the share of its row. Click a cell to see its {words.many}."
    )
    event = st.echarts_chart(
        spec(test, words),
        height=height(test),
        key=f"confusion_{key}",
        on_select="rerun",
        renderer="svg" if len(test.labels) <= MOST_NUMBERED else "canvas",
        alt="Confusion matrix: what each class was taken for",
    )
    drawn = drawn_cells(test)
    chosen = [n for group in event["selection"]["selected"] for n in group["data_indices"] if n < len(drawn)]
    if not chosen:
        return None
    row, column = drawn[chosen[0]]
    return test.labels[row], test.labels[column]


def _in_table(test: Score, cells: dict[Cell, int], words: TaskWords, key: str) -> Cell | None:
    """The same as a table; returns the cell whose row was chosen."""
    of_class = {c.label: c.n for c in test.per_class}
    kinds = counted(sum(label != said for label, said in cells), "kind")
    st.caption(
        f"{kinds} of mistake, the most frequent first; "
        f"then what was right. Choose a row, at its left, to see its {words.many}."
    )
    rows = [
        {
            "It is": printable(label),
            "The model said": printable(said),
            "How many": count,
            "Of its class": 100 * count / max(1, of_class[label]),
        }
        for (label, said), count in cells.items()
    ]
    event = st.dataframe(
        escape_formulas(pd.DataFrame(rows)),
        hide_index=True,
        column_config={
            "Of its class": st.column_config.ProgressColumn(
                format="%.1f %%",
                min_value=0,
                max_value=100,
                help=f"Of the test {words.many} of this class, the share that got this answer.",
            )
        },
        key=f"confusion_table_{key}",
        on_select="rerun",
        selection_mode="single-row",
        alt="What was taken for what",
    )
    chosen = [row for row in event["selection"]["rows"] if row < len(cells)]
    return list(cells)[chosen[0]] if chosen else None
