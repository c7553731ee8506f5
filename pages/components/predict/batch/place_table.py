"""Answers of a batch that say where things are: summary, filters, a table, the picture of a chosen row."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.components.predict.batch import place_files
from pages.components.predict.batch.place_files import PlaceItem, drawn
from pages.components.predict.batch.rows import AnswerColumn, answer_columns, items, show_skipped
from pages.components.shared.answers.place_words import LEAST_SHARE, NOTHING, say_counts, say_shares
from pages.components.shared.paging import choose_page
from pages.components.shared.selection.chooser import choose_one, choose_several
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.labels import class_labels
from pages.components.shared.selection.run_names import run_label
from pages.components.shared.text import counted, escape_formulas, has_words, percent, plain, safe_cell
from pages.components.shared.viewers import annotated
from tlcore.errors import printable
from tlcore.runs.batches.batch import Batch, BatchRow
from tlcore.runs.batches.place_rows import FIGURES, PlaceAnswer

PER_PAGE = 50
LONGEST = 500  # characters in a cell
MOST_CLASSES = 12  # columns of them, the commonest first
TALL = 64  # pixels of a row


def so_far(batch: Batch) -> str:
    """As `BatchTable.so_far`."""
    rows = batch.read(FIGURES)
    answered = [row.answers[0] for row in rows if row.answers]
    return f"{counted(len(rows), 'picture')}, {_in_words(answered) or 'with nothing in them'}" if rows else ""


def _in_words(answers: Sequence[PlaceAnswer]) -> str:
    """All objects of one model's answers, or the mean share of each class."""
    if any(answer.areas for answer in answers):
        shares: Counter[str] = Counter()
        for answer in answers:
            shares.update(answer.areas)  # type: ignore[arg-type]  # a Counter adds any numbers
        return say_shares({label: share / len(answers) for label, share in shares.most_common()})
    return say_counts(_total(answers))


def _total(answers: Sequence[PlaceAnswer]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for answer in answers:
        counts.update(answer.counts)
    return counts


def show(batch: Batch) -> None:
    """As `BatchTable.show`."""
    rows, columns = items(batch, FIGURES), answer_columns(batch)
    if not rows:
        return
    _summary(rows, columns)
    shown = _filter_rows(batch, rows, columns)
    with st.container(horizontal=True, vertical_alignment="center", key="batch_tools"):
        st.caption(f"{counted(len(shown), 'row')}. Choose one to see its picture.", width="content")
        st.space("stretch")
        place_files.buttons(batch, shown, columns, len(rows))
    if shown:
        _table(batch, shown, columns)
    else:
        st.info("No row matches. Change the filters.", icon=":material/filter_alt_off:")
    show_skipped(rows)


def _summary(rows: list[PlaceItem], columns: list[AnswerColumn]) -> None:
    answered = [row for _, row in rows if row.answers]
    skipped = len(rows) - len(answered)
    st.markdown(f"**{len(rows):,} sent: {len(answered):,} answered, {skipped:,} skipped.**")
    lines = []
    for at, column in enumerate(columns):
        answers = [row.answers[at] for row in answered]
        if not answers:
            break
        mark = f"**{column.mark}** is {run_label(column.run.id)}. " if column.mark else ""
        mean = "On average " if answers[0].areas else ""
        threshold = answers[0].threshold
        limit = f" Objects count from a score of {percent(threshold, 0)} on." if threshold else ""
        typical = statistics.median(answer.milliseconds for answer in answers)
        lines.append(f"{mark}{mean}{_in_words(answers) or NOTHING}.{limit} {typical:.0f} ms each (median).")
    st.caption("  \n".join(lines))


def _amount(row: BatchRow[PlaceAnswer], classes: Collection[str]) -> float:
    """How many objects of these classes the first model found, or how much of the picture they cover."""
    if not row.answers:
        return -1.0
    answer = row.answers[0]
    return sum(answer.counts.get(label, 0) + answer.areas.get(label, 0.0) for label in classes)


ORDERS: dict[str, tuple[Callable[[PlaceItem, Collection[str]], Any], bool]] = {  # sort key, largest first
    "Original order": (lambda item, _: item[0], False),
    "Name": (lambda item, _: item[1].name.casefold(), False),
    "Most first": (lambda item, classes: _amount(item[1], classes), True),
    "Least first": (lambda item, classes: _amount(item[1], classes), False),
    "Unlike training first": (lambda item, _: sum(answer.unknown for answer in item[1].answers), True),
}
UNLIKE_HELP = "How many objects are unlike anything in training. With areas: 1 if the whole picture is."
ORDER_HELP = """
Most and least count the objects, or the area, of the chosen classes: at first of all but the background.
"""


def _filter_rows(batch: Batch, rows: list[PlaceItem], columns: list[AnswerColumn]) -> list[PlaceItem]:
    """Draw filters and order; returns the rows that pass, in that order."""
    labels = columns[0].model.labels
    with st.container(horizontal=True, vertical_alignment="bottom", key="batch_filters"):
        words = st.text_input("Find", placeholder="A name", key=key_of("find", batch.id), width=170)
        classes = choose_several(
            "Class",
            class_labels(labels),
            placeholder="Any",
            key=key_of("classes", batch.id),
            width=190,
        )
        order = choose_one(
            "Sort", {name: name for name in ORDERS}, key=key_of("order", batch.id), width=150, help=ORDER_HELP
        )
    passing = [
        (number, row)
        for number, row in rows
        if has_words(row.name, words) and (not classes or _amount(row, classes) >= LEAST_SHARE)
    ]
    background = annotated.background_of(labels)
    foreground = [label for number, label in enumerate(labels) if number != background]
    key, reverse = ORDERS[order]
    return sorted(passing, key=lambda item: key(item, classes or foreground), reverse=reverse)


def _table(batch: Batch, shown: list[PlaceItem], columns: list[AnswerColumn]) -> None:
    page = choose_page(len(shown), PER_PAGE, key_of("page", batch.id))
    part = shown[(page - 1) * PER_PAGE : page * PER_PAGE]
    pictures = place_files.small_pictures(batch, tuple(number for number, _ in part), columns[0])
    classes = _classes_of(shown, columns)
    cells = [
        {"Picture": picture or None, "Name": printable(row.name, LONGEST)} | _figures(row, columns, classes)
        for (_, row), picture in zip(part, pictures, strict=True)
    ]
    chosen = st.dataframe(
        escape_formulas(pd.DataFrame(cells)),
        hide_index=True,
        row_height=TALL,
        column_config=_column_config(columns, classes, any(a.areas for _, row in shown for a in row.answers)),
        placeholder="–",
        key=key_of("rows", batch.id, page),
        on_select="rerun",
        selection_mode="single-row",
        alt="Answers",
    )
    for at in chosen.selection.rows[:1]:
        _picture(batch, part[at], columns)


def _classes_of(shown: Sequence[PlaceItem], columns: Sequence[AnswerColumn]) -> list[str]:
    """The classes with a column: of many the commonest, of areas the largest."""
    totals: Counter[str] = Counter(dict.fromkeys(columns[0].model.labels, 0))
    for _, row in shown:
        for answer in row.answers:
            totals.update(answer.counts)
            totals.update(answer.areas)  # type: ignore[arg-type]  # a Counter adds any numbers
    return [label for label, _ in totals.most_common(MOST_CLASSES)]


def _figures(
    row: BatchRow[PlaceAnswer], columns: Sequence[AnswerColumn], classes: Sequence[str]
) -> dict[str, object]:
    """Cells of a row by the keys of `_column_config`."""
    cells: dict[str, object] = {}
    for at, column in enumerate(columns):
        answer = row.answers[at] if row.answers else None
        for number, label in enumerate(classes):
            value = answer and (answer.areas.get(label, 0.0) if answer.areas else answer.counts.get(label, 0))
            cells[f"{number}{column.mark}"] = value
        cells[f"unlike{column.mark}"] = answer and answer.unknown
        cells[f"ms{column.mark}"] = answer and answer.milliseconds
    return cells


def _column_config(
    columns: Sequence[AnswerColumn], classes: Sequence[str], are_areas: bool
) -> dict[str, Any]:
    """Headings and formats. Columns of classes have numbers for keys: a class may be called anything."""
    config: dict[str, Any] = {
        "Picture": st.column_config.ImageColumn(width=90),
        "Name": st.column_config.TextColumn(width=170),
    }
    for column in columns:
        for number, label in enumerate(classes):
            heading = str(safe_cell(f"{printable(label, 40)} {column.mark}".strip()))
            config[f"{number}{column.mark}"] = st.column_config.NumberColumn(
                heading, format="percent" if are_areas else "%d", width=100
            )
        config[f"unlike{column.mark}"] = st.column_config.NumberColumn(
            f"Unlike {column.mark}".strip(), width=70, help=UNLIKE_HELP
        )
        config[f"ms{column.mark}"] = st.column_config.NumberColumn(
            format="%.0f",
            width=60,
            help="Time of this answer in milliseconds, with reading the picture.",
        )
    return config


def _picture(batch: Batch, item: PlaceItem, columns: Sequence[AnswerColumn]) -> None:
    """The picture of a row, with what each model found drawn over it."""
    number, row = item
    if not row.answers:
        st.caption(plain(row.error))
        return
    # Two places in any case: over the whole page a picture would be larger than the screen.
    for place, (at, column) in zip(st.columns(2), enumerate(columns), strict=False):
        answer = row.answers[at]
        words = say_shares(answer.areas) or say_counts(answer.counts) or NOTHING
        if content := drawn(batch, number, column, at):
            caption = f"{plain(printable(row.name))}: {words}"
            place.image(content, f"{column.mark} {caption}".strip(), width="stretch", alt=words)
