"""A table of texts, and the limits within which every kind of file is read."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlcore.data.examples.example_table import LONG
from tlcore.data.manifest import Skipped
from tlcore.data.tables import stored_rows
from tlcore.data.tables.stored_rows import StoredRows
from tlcore.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

MAX_ROWS = 1_200_000  # read and skipped together
MAX_COLUMNS = 1_000
MAX_CELLS = 10_000_000
MAX_CELL = 100_000  # characters
MAX_LINE = 1_000_000  # characters of one line of a text file
SHORT, MOST_SEEN = 30, 10_000  # characters of a cell, and cells, that are remembered to be shared
LONG_CELL = f"It has a cell of more than {MAX_CELL:,} characters."
LONG_LINE = f"The line has more than {MAX_LINE:,} characters."
EMPTY = "The row is empty."


@dataclass(frozen=True)
class ColumnNames:
    """Names of the columns with texts and labels; None: guess. Folders have no columns."""

    text: str | None = None
    label: str | None = None


GUESS_COLUMNS = ColumnNames()


@dataclass(frozen=True)
class Table:
    """Rows of plain text, all as wide as `columns`.

    `numbers`: of each row, where a spreadsheet shows it, the row of column names counted; of JSON Lines, its
    line. `notes`: what was recognised, in plain words. `skipped`: rows left out, each with the reason.
    """

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    notes: tuple[str, ...]
    numbers: Sequence[int]
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True)
class Columns:
    """Places of the columns, from 0; None where the table has no such column."""

    text: int
    label: int | None
    split: int | None = None


class Rows:
    """Collects rows within the limits. `name`: the file as people know it, for messages."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.numbers = array("q")
        self.width = 0
        self._recent: list[tuple[str, ...]] = []
        self._parts: list[pa.Table] = []
        self.skipped: list[Skipped] = []
        self._cells = 0
        self._seen: dict[str, str] = {}

    def add(self, number: int, cells: Sequence[str]) -> None:
        """Take in row `number`, or skip it: empty, or with a cell that is too long.

        Raises:
            DataError: more rows, columns or cells than the limits.
        """
        if not any(cell and not cell.isspace() for cell in cells):
            self.skip(number, EMPTY)
        elif any(len(cell) > MAX_CELL for cell in cells):
            self.skip(number, LONG_CELL)
        else:
            self._recent.append(tuple(map(self._shared, cells)))
            self.numbers.append(number)
            self.width = max(self.width, len(cells))
            if len(self._recent) > LONG:
                self._set_down()
            self._cells += len(cells)
            self._check(len(cells))

    def _shared(self, cell: str) -> str:
        """The cell; one string for all short ones that say the same, as classes do."""
        if len(cell) > SHORT or (len(self._seen) >= MOST_SEEN and cell not in self._seen):
            return cell
        return self._seen.setdefault(cell, cell)

    def _set_down(self) -> None:
        self._parts.append(stored_rows.store(self._recent))
        self._recent = []

    def padded(self, width: int) -> Sequence[tuple[str, ...]]:
        """All rows, so wide: a list of few, a file of many."""
        if not self._parts:
            return [row + ("",) * (width - len(row)) for row in self._recent]
        import pyarrow as pa

        if self._recent:
            self._set_down()
        return StoredRows(pa.concat_tables(self._parts), width)

    def skip(self, number: int, reason: str) -> None:
        self.skipped.append(Skipped(f"row {number}", reason))
        self._check(0)

    def _check(self, width: int) -> None:
        if len(self.numbers) + len(self.skipped) > MAX_ROWS:
            raise DataError(
                f"This table has more than {MAX_ROWS:,} rows.",
                received=self.name,
                remedy=f"Keep {MAX_ROWS:,} of them, drawn at random, and try again.",
            )
        if width > MAX_COLUMNS or self._cells > MAX_CELLS:
            raise DataError(
                f"This table has more than {MAX_COLUMNS:,} columns or {MAX_CELLS:,} cells.",
                received=self.name,
                remedy="Keep the columns with the texts and the labels, and try again.",
            )
