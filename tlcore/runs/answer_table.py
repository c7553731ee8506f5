"""The answers of a batch as a CSV file, for any spreadsheet: no cell of it is taken for a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TextIO

from tlcore.data.tables.cells import neutral
from tlcore.runs.batch import Given, Row
from tlcore.runs.verdict import verdict


@dataclass(frozen=True)
class Answering:
    """One model in the table: what it is called, its classes, and the confidence that it must have."""

    name: str
    labels: tuple[str, ...]
    threshold: float = 0.0


def write(rows: Iterable[Row[Given]], models: Sequence[Answering], file: TextIO, of_texts: bool) -> None:
    """Write the table, a line for each row.

    Of several models each has its own columns, with its name behind theirs, and one says whether all name
    the same class.

    Args:
        models: in the order of the rows' answers.
        of_texts: whether what was answered are texts; they have a column of their own.
    """
    table = csv.writer(file)
    table.writerow(["name", *(["text"] if of_texts else []), *_heads(models)])
    for row in rows:
        about = [row.name, row.text] if of_texts else [row.name]
        table.writerow([*map(neutral, about), *_cells(row, models)])


def _heads(models: Sequence[Answering]) -> list[str]:
    several = len(models) > 1
    heads = ["same class"] if several else []
    for model in models:
        own = ["class", "confidence", "verdict", "second class", "second confidence", "milliseconds"]
        own += [f"chance of {label}" for label in model.labels]
        heads += [neutral(f"{head} ({model.name})" if several else head) for head in own]
    return [*heads, "reason"]


def _cells(row: Row[Given], models: Sequence[Answering]) -> list[object]:
    if not row.answers:
        width = len(_heads(models)) - 1
        return [*[""] * width, neutral(row.error)]
    named = {answer.label for answer in row.answers}
    cells: list[object] = ["yes" if len(named) == 1 else "no"] if len(models) > 1 else []
    for answer, model in zip(row.answers, models, strict=True):
        cells += [
            neutral(answer.label),
            answer.confidence,
            verdict(answer.confidence, answer.unknown, model.threshold),
            neutral(answer.second),
            answer.second_confidence,
            round(answer.milliseconds, 1),
            *(answer.probabilities.get(label, "") for label in model.labels),
        ]
    return [*cells, ""]
