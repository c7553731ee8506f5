"""Answers as a CSV file, of `predict` and of a batch alike, for any spreadsheet.

No cell of it is taken for a formula, and no two columns have one name, whatever classes and models are
called: what a class or a model is called stands within a head, never alone.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TextIO

from tlcore.data.tables.cells import escape_formula
from tlcore.evaluate import confidence_threshold
from tlcore.evaluate.confidence_threshold import verdict
from tlcore.runs.batches.batch import BatchRow, FullAnswer
from tlcore.runs.run import Run


@dataclass(frozen=True)
class TableModel:
    """One model in the table: what it is called, its classes, and the confidence that it must have."""

    name: str
    labels: tuple[str, ...]
    threshold: float = 0.0


def table_model(run: Run) -> TableModel:
    """A finished run in such a table."""
    return TableModel(run.id, run.labels(), confidence_threshold.read(run.folder).threshold)


def write(
    rows: Iterable[BatchRow[FullAnswer]], models: Sequence[TableModel], file: TextIO, of_texts: bool
) -> int:
    """Write the table, a line for each row; returns how many there are.

    Of several models each has its own columns, with its name behind theirs, and one says whether all name
    the same class.

    Args:
        models: in the order of the rows' answers.
        of_texts: whether what was answered are texts; they have a column of their own.
    """
    table = csv.writer(file)
    table.writerow(["name", *(["text"] if of_texts else []), *_heads(models)])
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007 (it is returned)
        about = [row.name, row.text] if of_texts else [row.name]
        table.writerow([*map(escape_formula, about), *_cells(row, models)])
    return count


def _heads(models: Sequence[TableModel]) -> list[str]:
    several = len(models) > 1
    heads = ["same class"] if several else []
    for name, model in zip(distinct_names(models), models, strict=True):
        own = ["class", "confidence", "verdict", "second class", "second confidence", "milliseconds"]
        own += [f"chance of {label}" for label in model.labels]
        heads += [escape_formula(f"{head} ({name})" if several else head) for head in own]
    return [*heads, "reason"]


def distinct_names(models: Sequence[TableModel]) -> list[str]:
    """Names of the models; with a number where two share one: runs of one name in two folders."""
    names = [model.name for model in models]
    return [
        name if names.count(name) == 1 else f"{name}, model {number}" for number, name in enumerate(names, 1)
    ]


def _cells(row: BatchRow[FullAnswer], models: Sequence[TableModel]) -> list[object]:
    if not row.answers:
        width = len(_heads(models)) - 1
        return [*[""] * width, escape_formula(row.error)]
    named = {answer.label for answer in row.answers}
    cells: list[object] = ["yes" if len(named) == 1 else "no"] if len(models) > 1 else []
    for answer, model in zip(row.answers, models, strict=True):
        cells += [
            escape_formula(answer.label),
            answer.confidence,
            verdict(answer.confidence, answer.unknown, model.threshold),
            escape_formula(answer.second),
            answer.second_confidence,
            round(answer.milliseconds, 1),
            *(answer.probabilities.get(label, "") for label in model.labels),
        ]
    return [*cells, ""]
