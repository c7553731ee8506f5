"""The rows of a batch by task: what is kept of an answer, and the files that people take away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TextIO

from tlcore.data.manifest import Task
from tlcore.records import JsonType
from tlcore.runs.batches import csv_table, place_table
from tlcore.runs.batches.batch import FULL, BatchRow, row_of
from tlcore.runs.batches.csv_table import TableModel
from tlcore.runs.batches.place_rows import FULL as FULL_PLACES
from tlcore.runs.batches.place_rows import place_row
from tlcore.runs.question import Answer


@dataclass(frozen=True, kw_only=True)
class RowFormat:
    """The rows of a task.

    Attributes:
        row_of: makes the row of an input from its name and what each model answered.
        full: reads all of a row.
        write_csv: writes rows of these models as a table; returns the number of lines.
        has_places: answers say where things are: pictures are kept large enough to draw on, and there is a
            COCO file.
    """

    row_of: Callable[[str, Sequence[Answer]], BatchRow[Any]]
    full: JsonType[Any]
    write_csv: Callable[[Iterable[BatchRow[Any]], Sequence[TableModel], TextIO], int]
    has_places: bool = False


FORMATS: dict[Task, RowFormat] = {
    "images": RowFormat(row_of=row_of, full=FULL, write_csv=partial(csv_table.write, of_texts=False)),
    "texts": RowFormat(row_of=row_of, full=FULL, write_csv=partial(csv_table.write, of_texts=True)),
    "detection": RowFormat(
        row_of=place_row, full=FULL_PLACES, write_csv=place_table.write_counts, has_places=True
    ),
    "segmentation": RowFormat(
        row_of=place_row, full=FULL_PLACES, write_csv=place_table.write_shares, has_places=True
    ),
}
