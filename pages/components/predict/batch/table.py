"""The answers of a batch as a table: what is in it, its cells, what is taken away, what could not be read."""

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

from pages.components.predict.answers import prediction_label as verdicts
from pages.components.predict.batch.rows import (
    AnswerColumn,
    Item,
    agree,
    answer_columns,
    filter_rows,
    items,
    verdict_of,
)
from pages.components.shared.datasets.skipped import skipped_table
from pages.components.shared.paging import choose_page
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.run_names import run_label
from pages.components.shared.text import counted, escape_formulas, percent
from tlcore.data.manifest import Skipped
from tlcore.errors import printable
from tlcore.runs.batches import csv_table
from tlcore.runs.batches.batch import Batch, BatchRow, ModelAnswer
from tlcore.workspace import slug

PER_PAGE = 50
LONGEST = 500  # characters of a text in a cell
MOST_CHANCES = 2_000_000  # in a CSV file that is made in memory: some 25 MB
TALL = 64  # pixels of a row with a picture


def show(batch: Batch) -> None:
    """The table, with what is above and below it."""
    found, who = items(batch), answer_columns(batch)
    if not found:
        return
    _summary(found, who)
    shown = filter_rows(batch, found, who)
    _table(batch, shown, who)
    skipped = [Skipped(row.name, row.error) for _, row in found if row.error]
    if skipped:
        with st.expander(f"{len(skipped):,} could not be read", icon=":material/block:"):
            skipped_table(skipped)


def _summary(found: list[Item], who: list[AnswerColumn]) -> None:
    answered = [row for _, row in found if row.answers]
    skipped = len(found) - len(answered)
    st.markdown(f"**{len(found):,} sent = {len(answered):,} read + {skipped:,} skipped.**")
    if not answered:
        return
    lines = [_verdict_counts(answered, model, at) for at, model in enumerate(who)]
    if len(who) > 1:
        same = sum(agree(row) for row in answered)
        share = percent(same / len(answered))
        lines.append(f"Both name the same class for {same:,} of {len(answered):,} ({share}).")
    st.caption("  \n".join(lines))


def _verdict_counts(answered: list[BatchRow[ModelAnswer]], model: AnswerColumn, at: int) -> str:
    """What one model makes of the rows, and how long it took: a line of our own Markdown."""
    counts = Counter(verdict_of(row, model, at) for row in answered)
    parts = [f"{said}: {counts[name]:,}" for name, said in verdicts.NAMES.items() if counts[name]]
    typical = statistics.median(row.answers[at].milliseconds for row in answered)
    name = f"**{model.mark}** is {run_label(model.run.id)}. " if model.mark else ""
    return f"{name}{' · '.join(parts)}. Typically {typical:.0f} ms each."


def _table(batch: Batch, shown: list[Item], who: list[AnswerColumn]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="batch_tools"):
        st.caption(f"{counted(len(shown), 'row')} shown.", width="content")
        st.space("stretch")
        asked = batch.asked()
        st.download_button(
            "Table as CSV",
            data=lambda: as_csv(batch, shown, who),
            file_name=f"{slug(asked.name if asked else '', 'answers')}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            help="For a spreadsheet: the rows that are shown, with the chance of every class.",
            key=key_of("csv", batch.id),
        )
    if not shown:
        st.info("No row is like that. Change what you look for.", icon=":material/filter_alt_off:")
        return
    page = choose_page(len(shown), PER_PAGE, key_of("page", batch.id))
    part = shown[(page - 1) * PER_PAGE : page * PER_PAGE]
    frame = pd.DataFrame([_cells(batch, item, who) for item in part])
    has_pictures, has_texts = any(frame["Picture"].notna()), any(frame["Text"])
    there = {"Picture": has_pictures, "Text": has_texts}
    st.dataframe(
        escape_formulas(frame.drop(columns=[name for name, is_there in there.items() if not is_there])),
        hide_index=True,
        row_height=TALL if has_pictures else None,
        column_config=_columns(who),
        placeholder="–",
        key=key_of("rows", batch.id),
        alt="The answers",
    )


def _cells(batch: Batch, item: Item, who: Sequence[AnswerColumn]) -> dict[str, object]:
    """One row; a grid draws text only, whatever is in it."""
    number, row = item
    cells: dict[str, object] = {"Picture": _picture(batch.thumbnail(number)) if row.answers else None}
    cells |= {"Name": printable(row.name, LONGEST), "Text": printable(row.text, LONGEST)}
    each = [_answer_cells(row, model, at) for at, model in enumerate(who)]
    for head in each[0]:  # what is compared stands side by side
        for model, said in zip(who, each, strict=True):
            cells[f"{head} {model.mark}".strip()] = said[head]
    return cells


def _answer_cells(row: BatchRow[ModelAnswer], model: AnswerColumn, at: int) -> dict[str, object]:
    """What one model, the one with that number, says of a row."""
    answer = row.answers[at] if row.answers else None
    return {
        "Class": printable(answer.label, LONGEST) if answer else None,
        "Chance": answer.confidence if answer else None,
        "Verdict": verdicts.NAMES[verdict_of(row, model, at)],
        "Second": f"{printable(answer.second, LONGEST)} · {percent(answer.second_confidence)}"
        if answer
        else None,
        "ms": answer.milliseconds if answer else None,
    }


def _picture(path: Path) -> str | None:
    """A thumbnail of our own making as an address that a browser asks nobody for."""
    try:
        return f"data:image/jpeg;base64,{base64.b64encode(path.read_bytes()).decode()}"
    except OSError:
        return None


def _columns(who: Sequence[AnswerColumn]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "Picture": st.column_config.ImageColumn(width=70),
        "Name": st.column_config.TextColumn(width=150),
        "Text": st.column_config.TextColumn(width="large"),
    }
    for model in who:
        mark = f" {model.mark}" if model.mark else ""
        found |= {
            f"Class{mark}": st.column_config.TextColumn(width=110),
            f"Chance{mark}": st.column_config.ProgressColumn(
                format="percent",
                min_value=0,
                max_value=1,
                width=120,
                help="How likely it says that class is.",
            ),
            f"Verdict{mark}": st.column_config.TextColumn(width=130, help=verdicts.HELP),
            f"Second{mark}": st.column_config.TextColumn(width=140, help="The second likeliest class."),
            f"ms{mark}": st.column_config.NumberColumn(
                format="%.0f", width=60, help="Milliseconds of this answer, reading the input included."
            ),
        }
    return found


def as_csv(batch: Batch, shown: Sequence[Item], who: Sequence[AnswerColumn]) -> bytes:
    """These rows for a spreadsheet; a large one of many classes has no chance of each."""
    models = [model.answering for model in who]
    if len(shown) * sum(len(model.labels) for model in models) > MOST_CHANCES:
        models = [dataclasses.replace(model, labels=()) for model in models]
    text = io.StringIO(newline="")
    of_texts = any(row.text for _, row in shown)
    csv_table.write(batch.full([number for number, _ in shown]), models, text, of_texts)
    return text.getvalue().encode("utf-8-sig", errors="replace")
