"""Answers that say where things are as a CSV file: a line for each picture, a column for each class.

As in `csv_table.py` no cell of it is taken for a formula, and no two columns have one name.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from typing import TextIO

from tlcore.data.tables.cells import escape_formula
from tlcore.runs.batches.batch import BatchRow
from tlcore.runs.batches.csv_table import TableModel, distinct_names
from tlcore.runs.batches.place_rows import PlaceAnswer

UNLIKE = "unlike anything in training"  # heading of how many objects are, or whether the picture is


def write_counts(rows: Iterable[BatchRow[PlaceAnswer]], models: Sequence[TableModel], file: TextIO) -> int:
    """Write the number of objects of each class in each picture; returns the number of lines.

    Of several models each has its own columns, with its name behind theirs.

    Args:
        models: in the order of the rows' answers.
    """
    return _write(rows, models, file, counts=True)


def write_shares(rows: Iterable[BatchRow[PlaceAnswer]], models: Sequence[TableModel], file: TextIO) -> int:
    """The same with the share of each class, 0 to 1."""
    return _write(rows, models, file, counts=False)


def _write(
    rows: Iterable[BatchRow[PlaceAnswer]], models: Sequence[TableModel], file: TextIO, counts: bool
) -> int:
    heads = _heads(models, counts)
    table = csv.writer(file)
    table.writerow(["name", "width", "height", *heads, "reason"])
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007 (it is returned)
        if not row.answers:
            blank = [""] * (2 + len(heads))
            table.writerow([escape_formula(row.name), *blank, escape_formula(row.error)])
            continue
        cells: list[object] = [escape_formula(row.name), row.width, row.height]
        for answer, model in zip(row.answers, models, strict=True):
            cells += _cells(answer, model, counts)
        table.writerow([*cells, ""])
    return count


def _heads(models: Sequence[TableModel], counts: bool) -> list[str]:
    heads = []
    for name, model in zip(distinct_names(models), models, strict=True):
        own = ["objects", *(f"number of {label}" for label in model.labels)]
        if not counts:
            own = [f"share of {label}" for label in model.labels]
        heads += [f"{head} ({name})" if len(models) > 1 else head for head in [*own, UNLIKE, "milliseconds"]]
    return heads


def _cells(answer: PlaceAnswer, model: TableModel, counts: bool) -> list[object]:
    milliseconds = round(answer.milliseconds, 1)
    if not counts:
        shares = (answer.areas.get(label, 0.0) for label in model.labels)
        return [*shares, "yes" if answer.unknown else "no", milliseconds]
    numbers = [answer.counts.get(label, 0) for label in model.labels]
    return [sum(answer.counts.values()), *numbers, answer.unknown, milliseconds]
