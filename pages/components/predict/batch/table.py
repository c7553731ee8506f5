"""Answers of a batch as a table: summary, cells, CSV file, and inputs that could not be read."""

from __future__ import annotations

import base64
import dataclasses
import io
import statistics
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from pages.components.predict.batch.rows import (
    AnswerColumn,
    Item,
    agree,
    answer_columns,
    filter_rows,
    items,
    show_skipped,
    verdict_of,
)
from pages.components.shared.answers import prediction_label as verdicts
from pages.components.shared.paging import choose_page
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.run_names import run_label
from pages.components.shared.text import counted, escape_formulas, percent
from tlcore.errors import printable
from tlcore.runs.batches import csv_table
from tlcore.runs.batches.batch import NAMED, Batch, BatchRow, ModelAnswer
from tlcore.workspace import slug
from tlcore.workspace.home import at_this_home

PER_PAGE = 50
LONGEST = 500  # characters of a text in a cell
MOST_CHANCES = 2_000_000  # in a CSV file made in memory: about 25 MB
TALL = 64  # pixels of a row with a picture


def show(batch: Batch) -> None:
    """Summary, table, and inputs that could not be read."""
    rows, columns = items(batch, NAMED), answer_columns(batch)
    if not rows:
        return
    _summary(rows, columns)
    shown = filter_rows(batch, rows, columns)
    _table(batch, shown, columns)
    show_skipped(rows)


def so_far(batch: Batch) -> str:
    """Verdicts so far, as our own Markdown; "" where there are none."""
    (column, *_), rows = answer_columns(batch), batch.rows()
    counts = Counter(verdict_of(row, column) for row in rows)
    parts = [f"{number:,} {verdicts.NAMES[name].lower()}" for name, number in counts.most_common()]
    return ", ".join(parts)


def _summary(rows: list[Item], columns: list[AnswerColumn]) -> None:
    answered = [row for _, row in rows if row.answers]
    skipped = len(rows) - len(answered)
    st.markdown(f"**{len(rows):,} sent: {len(answered):,} answered, {skipped:,} skipped.**")
    if not answered:
        return
    lines = [_verdict_counts(answered, column, at) for at, column in enumerate(columns)]
    if len(columns) > 1:
        same = sum(agree(row) for row in answered)
        share = percent(same / len(answered))
        lines.append(f"They agree on {same:,} of {len(answered):,} ({share}).")
    st.caption("  \n".join(lines))


def _verdict_counts(answered: list[BatchRow[ModelAnswer]], column: AnswerColumn, at: int) -> str:
    """Line of our own Markdown: one model's verdicts, and the time of an answer."""
    counts = Counter(verdict_of(row, column, at) for row in answered)
    parts = [f"{text}: {counts[name]:,}" for name, text in verdicts.NAMES.items() if counts[name]]
    typical = statistics.median(row.answers[at].milliseconds for row in answered)
    name = f"**{column.mark}** is {run_label(column.run.id)}. " if column.mark else ""
    return f"{name}{' · '.join(parts)}. {typical:.0f} ms each (median)."


def _table(batch: Batch, shown: list[Item], columns: list[AnswerColumn]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="batch_tools"):
        st.caption(f"{counted(len(shown), 'row')}.", width="content")
        st.space("stretch")
        asked = batch.asked()
        st.download_button(
            "Download CSV",
            data=at_this_home(lambda: as_csv(batch, shown, columns)),
            file_name=f"{slug(asked.name if asked else '', 'answers')}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            help="The rows below, with the probability of every class, for a spreadsheet.",
            key=key_of("csv", batch.id),
        )
    if not shown:
        st.info("No row matches. Change the filters.", icon=":material/filter_alt_off:")
        return
    page = choose_page(len(shown), PER_PAGE, key_of("page", batch.id))
    part = shown[(page - 1) * PER_PAGE : page * PER_PAGE]
    frame = pd.DataFrame([_cells(batch, item, columns) for item in part])
    has_pictures, has_texts = any(frame["Picture"].notna()), any(frame["Text"])
    present = {"Picture": has_pictures, "Text": has_texts}
    st.dataframe(
        escape_formulas(frame.drop(columns=[name for name, is_present in present.items() if not is_present])),
        hide_index=True,
        row_height=TALL if has_pictures else None,
        column_config=_column_config(columns),
        placeholder="–",
        key=key_of("rows", batch.id),
        alt="Answers",
    )


def _cells(batch: Batch, item: Item, columns: Sequence[AnswerColumn]) -> dict[str, object]:
    """One row of the table; a grid draws text only."""
    number, row = item
    cells: dict[str, object] = {"Picture": _picture(batch.thumbnail(number)) if row.answers else None}
    cells |= {"Name": printable(row.name, LONGEST), "Text": printable(row.text, LONGEST)}
    answers = [_answer_cells(row, column, at) for at, column in enumerate(columns)]
    for heading in answers[0]:  # the two models side by side
        for column, answer in zip(columns, answers, strict=True):
            cells[f"{heading} {column.mark}".strip()] = answer[heading]
    return cells


def _answer_cells(row: BatchRow[ModelAnswer], column: AnswerColumn, at: int) -> dict[str, object]:
    """Cells of the model with number `at` for a row."""
    answer = row.answers[at] if row.answers else None
    return {
        "Class": printable(answer.label, LONGEST) if answer else None,
        "Confidence": answer.confidence if answer else None,
        "Verdict": verdicts.NAMES[verdict_of(row, column, at)],
        "Runner-up": f"{printable(answer.second, LONGEST)} · {percent(answer.second_confidence)}"
        if answer
        else None,
        "ms": answer.milliseconds if answer else None,
    }


def _picture(path: Path) -> str | None:
    """Thumbnail as a data URL, None where there is none."""
    try:
        return f"data:image/jpeg;base64,{base64.b64encode(path.read_bytes()).decode()}"
    except OSError:
        return None


def _column_config(columns: Sequence[AnswerColumn]) -> dict[str, Any]:
    config: dict[str, Any] = {
        "Picture": st.column_config.ImageColumn(width=70),
        "Name": st.column_config.TextColumn(width=150),
        "Text": st.column_config.TextColumn(width="large"),
    }
    for column in columns:
        mark = f" {column.mark}" if column.mark else ""
        config |= {
            f"Class{mark}": st.column_config.TextColumn(width=110),
            f"Confidence{mark}": st.column_config.ProgressColumn(
                format="percent",
                min_value=0,
                max_value=1,
                width=120,
                help="How sure the model is.",
            ),
            f"Verdict{mark}": st.column_config.TextColumn(width=130, help=verdicts.HELP),
            f"Runner-up{mark}": st.column_config.TextColumn(width=140, help="The second likeliest class."),
            f"ms{mark}": st.column_config.NumberColumn(
                format="%.0f",
                width=60,
                help="Time of this answer in milliseconds, including reading the input.",
            ),
        }
    return config


def as_csv(batch: Batch, shown: Sequence[Item], columns: Sequence[AnswerColumn]) -> bytes:
    """These rows as a CSV file, without the probability of every class where that would be too large."""
    models = [column.model for column in columns]
    if len(shown) * sum(len(model.labels) for model in models) > MOST_CHANCES:
        models = [dataclasses.replace(model, labels=()) for model in models]
    text = io.StringIO(newline="")
    of_texts = any(row.text for _, row in shown)
    csv_table.write(batch.full([number for number, _ in shown]), models, text, of_texts)
    return text.getvalue().encode("utf-8-sig", errors="replace")
