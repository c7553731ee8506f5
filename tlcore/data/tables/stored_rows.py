"""Very many rows of a table, outside of memory: each is made when somebody looks at it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tlcore.data.examples import arrow_file
from tlcore.data.examples.lazy_sequence import LazySequence

if TYPE_CHECKING:
    import pyarrow as pa

_AT_ONCE = 4096  # rows that are made together
_CODE = ("utf-8", "surrogatepass")  # JSON may hold halves of characters


class StoredRows(LazySequence[tuple[str, ...]]):
    """They read like a list of tuples.

    Args:
        table: its column `cells` has a list of cells for each row.
        width: cells of each row; what a shorter one lacks is "".
    """

    def __init__(self, table: pa.Table, width: int) -> None:
        self._table = table
        self._width = width

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def item(self, at: int) -> tuple[str, ...]:
        return self._row(self._table["cells"][at].as_py())

    def part(self, at: slice) -> Sequence[tuple[str, ...]]:
        start, stop, step = at.indices(len(self))
        if step == 1:
            return StoredRows(self._table.slice(start, max(0, stop - start)), self._width)
        return [self.item(row) for row in range(start, stop, step)]  # `take` would first copy all of them

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        for batch in self._table.to_batches(max_chunksize=_AT_ONCE):
            yield from map(self._row, batch.column(0).to_pylist())

    def _row(self, cells: list[bytes]) -> tuple[str, ...]:
        return (*(cell.decode(*_CODE) for cell in cells), *("",) * (self._width - len(cells)))


def store(rows: Sequence[tuple[str, ...]]) -> pa.Table:
    """Rows as `StoredRows` has them."""
    return arrow_file.outside(_part(rows[at : at + _AT_ONCE]) for at in range(0, len(rows), _AT_ONCE))


def _part(rows: Sequence[tuple[str, ...]]) -> pa.Table:
    import pyarrow as pa

    cells = [[cell.encode(*_CODE) for cell in row] for row in rows]
    return pa.table({"cells": pa.array(cells, pa.list_(pa.binary()))})
