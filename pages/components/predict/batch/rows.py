"""Rows of a batch: the models that answered, their verdicts, and the filters over the rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from pages.components.shared.answers import prediction_label as verdicts
from pages.components.shared.datasets.skipped import skipped_table
from pages.components.shared.selection.chooser import choose_one, choose_several
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.labels import class_labels
from pages.components.shared.selection.run_names import run_name
from pages.components.shared.text import has_words
from tlcore.data.manifest import Skipped
from tlcore.errors import GraftError
from tlcore.evaluate import confidence_threshold
from tlcore.evaluate.confidence_threshold import Verdict, verdict
from tlcore.records import JsonType
from tlcore.runs.batches.batch import Batch, BatchRow, ModelAnswer, RowT
from tlcore.runs.batches.csv_table import TableModel
from tlcore.runs.run import Run

Item = tuple[int, BatchRow[ModelAnswer]]


@dataclass(frozen=True)
class AnswerColumn:
    """One of the models that answered: its mark in the headings, its run, and its columns in a CSV file."""

    mark: str
    run: Run
    model: TableModel


def answer_columns(batch: Batch) -> list[AnswerColumn]:
    """Models of a batch; one that is gone by now has no classes."""
    asked = batch.asked()
    runs = [Run(Path(folder)) for folder in asked.runs] if asked else []
    marks = ("A", "B") if len(runs) > 1 else ("",)
    return [AnswerColumn(mark, run, _table_model(run)) for mark, run in zip(marks, runs, strict=False)]


def _table_model(run: Run) -> TableModel:
    try:
        labels = run.labels()
    except (GraftError, OSError):
        labels = ()
    return TableModel(run_name(run.id), labels, confidence_threshold.read(run.folder).threshold)


def verdict_of(row: BatchRow[ModelAnswer], column: AnswerColumn, at: int = 0) -> Verdict:
    """Verdict of the model with number `at` on a row."""
    if not row.answers:
        return "not read"
    answer = row.answers[at]
    return verdict(answer.confidence, answer.unknown, column.model.threshold)


@st.cache_resource(max_entries=4, show_spinner=False)
def _items(path: str, size: int, _kind: JsonType[Any]) -> list[Any]:
    return list(enumerate(Batch(Path(path).parent).read(_kind)))


def items(batch: Batch, kind: JsonType[RowT]) -> list[tuple[int, RowT]]:
    """All rows with their numbers, each as this type of its task. Only read them: they are shared."""
    try:
        return _items(str(batch.rows_file), batch.rows_file.stat().st_size, kind)
    except OSError:
        return []


def show_skipped(rows: Sequence[tuple[int, BatchRow[Any]]]) -> None:
    """The inputs that could not be read, with the reasons, folded."""
    skipped = [Skipped(row.name, row.error) for _, row in rows if row.error]
    if skipped:
        with st.expander(f"{len(skipped):,} could not be read", icon=":material/block:"):
            skipped_table(skipped)


def _confidence(item: Item) -> float:
    return item[1].answers[0].confidence if item[1].answers else -1.0


ORDERS: dict[str, tuple[Callable[[Item], Any], bool]] = {  # sort key, largest first
    "Original order": (lambda item: item[0], False),
    "Name": (lambda item: item[1].name.casefold(), False),
    "Class": (lambda item: item[1].answers[0].label.casefold() if item[1].answers else "", False),
    "Least sure first": (_confidence, False),
    "Surest first": (_confidence, True),
    "Slowest first": (lambda item: sum(answer.milliseconds for answer in item[1].answers), True),
}


def agree(row: BatchRow[ModelAnswer]) -> bool:
    """True if all models name the same class."""
    return len({answer.label for answer in row.answers}) <= 1


def filter_rows(batch: Batch, rows: list[Item], columns: list[AnswerColumn]) -> list[Item]:
    """Draw filters and order; returns the rows that pass, in that order."""
    verdict_lists = {
        at: [verdict_of(row, column, at) for _, row in rows] for at, column in enumerate(columns)
    }
    labels = sorted({answer.label for _, row in rows for answer in row.answers}, key=str.casefold)
    present = [name for name in verdicts.NAMES if any(name in of for of in verdict_lists.values())]
    with st.container(horizontal=True, vertical_alignment="bottom", key="batch_filters"):
        words = st.text_input("Find", placeholder="A name or a word", key=key_of("find", batch.id), width=170)
        classes = choose_several(
            "Class", class_labels(labels), placeholder="All", key=key_of("classes", batch.id), width=190
        )
        wanted = choose_several(
            "Verdict",
            {name: verdicts.NAMES[name] for name in present},
            placeholder="All",
            help=verdicts.HELP,
            key=key_of("verdicts", batch.id),
            width=190,
        )
        order = choose_one("Sort", {name: name for name in ORDERS}, key=key_of("order", batch.id), width=150)
        differ = len(columns) > 1 and st.toggle("Only disagreements", key=key_of("differ", batch.id))
    passing = [
        (number, row)
        for at, (number, row) in enumerate(rows)
        if _matches(row, words)
        and (not classes or any(answer.label in classes for answer in row.answers))
        and (not wanted or any(of[at] in wanted for of in verdict_lists.values()))
        and not (differ and agree(row))
    ]
    key, reverse = ORDERS[order]
    return sorted(passing, key=key, reverse=reverse)


def _matches(row: BatchRow[ModelAnswer], words: str) -> bool:
    """True if its name or text has each of the words."""
    return has_words(f"{row.name} {row.text}", words)
