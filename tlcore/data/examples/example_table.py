"""A list of plain examples in columns, mapped from a file: a million texts take next to no memory.

It reads like a tuple of `Example`, in order (`example.py`), and each one is made when somebody looks at it.
Work on all of them at once is done on the columns (`columns`).
"""

from __future__ import annotations

import bisect
import functools
import operator
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from tlcore.data.examples import arrow_file
from tlcore.data.examples.example import Example, Key, order_aside, order_used
from tlcore.data.examples.example_columns import SPLIT_CODES, SPLIT_NUMBERS, ExampleColumns
from tlcore.data.examples.hashes import HASH_BYTES, HashNames, hash_array, is_hash
from tlcore.data.examples.lazy_sequence import LazySequence

if TYPE_CHECKING:
    import pyarrow as pa

LONG = 50_000  # examples, or texts: more of them are kept in columns
RowOrder = Literal["split", "label", "name", "sha256"]  # a column that examples are put in order by
SortKey = Callable[[Example], tuple[str, ...]]
Change = tuple[int, int, tuple[Example, ...]]  # rows from … to before …, and what comes in their place
_AT_ONCE = 4096  # examples that are made together
_COPIES = 16  # of one content: the rows of more of them are looked up by their names
_FEW = 1000  # changes that leave the columns where they are: each cuts them in two
_ORDERS: dict[SortKey, tuple[RowOrder, ...]] = {
    order_used: ("split", "label", "name", "sha256"),
    order_aside: ("label", "name", "sha256"),
}


class Lineage(NamedTuple):
    """The difference of a table from the one that it was made of."""

    parent: ExampleTable
    gone: np.ndarray  # row numbers of the parent
    new: tuple[Example, ...]


class ExampleTable(LazySequence[Example]):
    """Examples that are nothing but content, name, class, split and size.

    Args:
        table: its columns `sha256` (32 bytes), `name`, `label` (a place in `labels`), `split` (a place in
            `SPLIT_CODES`) and `bytes`.
        labels: the classes, in no order.
        lineage: of one that `changed` made.
    """

    def __init__(self, table: pa.Table, labels: tuple[str, ...], lineage: Lineage | None = None) -> None:
        self.table = table
        self.labels = labels
        self.lineage = lineage
        self._columns = table.columns
        self._orders: dict[tuple[RowOrder, ...], np.ndarray] = {}
        self._names: dict[int, dict[str, int]] = {}
        self.memory: dict[Hashable, np.ndarray] = {}  # of numbers that others have worked out for each row

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def item(self, at: int) -> Example:
        return self._example(*(column[at].as_py() for column in self._columns))

    def part(self, at: slice) -> Sequence[Example]:
        start, stop, step = at.indices(len(self))
        if step != 1:
            return self.pick(np.arange(start, stop, step))
        return ExampleTable(self.table.slice(start, max(0, stop - start)), self.labels)

    def __iter__(self) -> Iterator[Example]:
        for batch in self.table.to_batches(max_chunksize=_AT_ONCE):
            yield from map(self._example, *(column.to_pylist() for column in batch.columns))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(operator.eq, self, other))

    def __hash__(self) -> int:
        return hash((len(self), *self[:1], *self[-1:]))

    def _example(self, sha256: bytes, name: str, label: int, split: int, size: int) -> Example:
        place: Any = SPLIT_CODES[split] or None
        return Example(sha256.hex(), name, self.labels[label], bytes=size, split=place)

    def pick(self, rows: np.ndarray) -> list[Example]:
        """The examples of these rows, (n,), in their order."""
        found = ExampleTable(self.table.take(rows), self.labels)
        return list(found)

    @functools.cached_property
    def columns(self) -> ExampleColumns:
        """All of them as numbers."""
        hashes = hash_array(self.table["sha256"])
        contents, content = np.unique(hashes, return_inverse=True)
        names = HashNames(contents)
        codes = self.table["label"].to_numpy()
        shown = sorted(np.flatnonzero(np.bincount(codes)).tolist(), key=self.labels.__getitem__)
        place = np.zeros(len(self.labels), np.int32)
        place[shown] = np.arange(len(shown))
        return ExampleColumns(
            content=content.astype(np.int32),
            contents=names,
            numbers_of=names.numbers_of,
            label=place[codes],
            labels=tuple(self.labels[code] for code in shown),
            split=self.table["split"].to_numpy(),
            bytes=self.table["bytes"].to_numpy(),
        )

    @functools.cached_property
    def _by_content(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows in the order of their contents, and where each content begins."""
        content = self.columns.content
        rows = np.argsort(content, kind="stable").astype(np.int32)
        return rows, np.searchsorted(content[rows], np.arange(len(self.columns.contents) + 1))

    def rows_by(self, names: tuple[RowOrder, ...]) -> np.ndarray:
        """The row numbers in the order of these columns, (n,)."""
        if names not in self._orders:
            self._orders[names] = sorted_rows(self.table, self.labels, names)
        return self._orders[names]

    def row_of(self, key: Key) -> int | None:
        """The row of the example with that key; None: there is none."""
        number = int(self.columns.numbers_of([key[0]])[0])
        return None if number < 0 else self._row_in(number, key[1])

    def _row_in(self, number: int, name: str) -> int | None:
        """The row of that name among those of one content; of many copies the names are kept."""
        rows, starts = self._by_content
        held = rows[starts[number] : starts[number + 1]]
        names = self._columns[1]
        if len(held) <= _COPIES:
            return next((row for row in held.tolist() if names[row].as_py() == name), None)
        if number not in self._names:
            self._names[number] = dict(zip(names.take(held).to_pylist(), held.tolist(), strict=True))
        return self._names[number].get(name)

    def rows_of(self, keys: Collection[Key]) -> np.ndarray:
        """The rows of the examples that have one of these keys, ascending; quicker than to ask for each."""
        if not keys or not len(self):
            return np.zeros(0, np.int64)
        number = self.columns.numbers_of([sha256 for sha256, _ in keys])
        order, starts = self._by_content
        held = np.where(number < 0, 0, starts[number + 1] - starts[number])
        rows = order[starts[np.maximum(number, 0)]]
        names = self._columns[1].take(rows).to_pylist()
        found = {
            self._row_in(at, key[1]) if count > 1 else row
            for key, at, count, row, name in zip(
                keys, number.tolist(), held.tolist(), rows.tolist(), names, strict=True
            )
            if count > 1 or (count == 1 and name == key[1])
        }
        return np.array(sorted(row for row in found if row is not None), np.int64)

    def coded(self, labels: Sequence[str]) -> pa.Table:
        """The columns, with the classes as places in `labels`, which has all that an example has."""
        import pyarrow as pa

        place = {label: at for at, label in enumerate(labels)}
        codes = np.array([place.get(label, 0) for label in self.labels], np.int32)
        at = self.table.schema.get_field_index("label")
        return self.table.set_column(at, "label", pa.array(codes[self.table["label"].to_numpy()]))

    def only(self, rows: np.ndarray) -> ExampleTable:
        """Those for which `rows`, (n,), is true."""
        return ExampleTable(self.table.filter(rows), self.labels)

    def where(self, rows: np.ndarray, order: SortKey) -> ExampleTable:
        """Those for which `rows`, (n,), is true, in this order."""
        ordered = iter([in_order(self.table.filter(rows), self.labels, order)])
        return ExampleTable(arrow_file.outside(ordered), self.labels)

    def changed(self, gone: Collection[Key], new: Sequence[Example], order: SortKey) -> ExampleTable:
        """The table without those that have these keys, and with others, in the same `order`."""
        rows = self.rows_of(gone)
        if not len(rows) and not new:
            return self
        labels = (*self.labels, *sorted({example.label for example in new} - {*self.labels}))
        lineage = Lineage(self, rows, tuple(new))
        if len(rows) + len(new) > _FEW:
            kept = np.ones(len(self), bool)
            kept[rows] = False
            return ExampleTable(
                in_order(_joined([self.table.filter(kept), to_arrow(new, labels)]), labels, order),
                labels,
                lineage,
            )
        cuts: list[Change] = [(row, row + 1, ()) for row in rows.tolist()]
        inserted: list[Change] = [
            (at, at, (example,))
            for example in sorted(new, key=order)
            for at in [bisect.bisect(self, order(example), key=order)]
        ]
        return ExampleTable(self._patched(sorted(cuts + inserted, key=_place), labels), labels, lineage)

    def _patched(self, changes: list[Change], labels: tuple[str, ...]) -> pa.Table:
        """The columns with each span of rows replaced by examples; nothing that stays is copied."""
        parts, done = [], 0
        for start, stop, examples in changes:
            parts.append(self.table.slice(done, start - done))
            if examples:
                parts.append(to_arrow(examples, labels))
            done = stop
        return _joined([*parts, self.table.slice(done)])

    def settle(self) -> None:
        """Forget the table that this one was made of."""
        self.lineage = None


def _place(change: Change) -> tuple[int, int]:
    return change[:2]


class ExampleBuilder:
    """Collects plain examples, in their order: a tuple of few, a table of many."""

    def __init__(self) -> None:
        self._recent: list[Example] = []
        self._parts: list[pa.Table] = []
        self._labels: dict[str, None] = {}

    def add(self, example: Example) -> None:
        """Take in one more."""
        self._recent.append(example)
        if len(self._recent) > LONG:
            self._set_down()

    def _set_down(self) -> None:
        self._labels.update(dict.fromkeys(example.label for example in self._recent))
        self._parts.append(arrow_file.outside(iter([to_arrow(self._recent, [*self._labels])])))
        self._recent = []

    def finish(self) -> Sequence[Example]:
        """All of them."""
        if not self._parts:
            return tuple(self._recent)
        self._set_down()
        return ExampleTable(_joined(self._parts), (*self._labels,))


def is_plain(example: Example) -> bool:
    """Tell whether there is nothing to an example that a table has no column for."""
    is_text = not (example.width or example.height or example.mask or example.areas)
    return is_text and example.look is None and example.boxes is None and is_hash(example.sha256)


def to_arrow(examples: Sequence[Example], labels: Sequence[str]) -> pa.Table:
    """Plain examples as columns, in their order."""
    import pyarrow as pa

    place = {label: at for at, label in enumerate(labels)}
    return pa.table(
        {
            "sha256": pa.array([bytes.fromhex(e.sha256) for e in examples], pa.binary(HASH_BYTES)),
            "name": pa.array([e.name for e in examples], pa.string()),
            "label": pa.array([place[e.label] for e in examples], pa.int32()),
            "split": pa.array([SPLIT_NUMBERS[e.split] for e in examples], pa.int8()),
            "bytes": pa.array([e.bytes for e in examples], pa.int64()),
        }
    )


def in_order(table: pa.Table, labels: Sequence[str], order: SortKey) -> pa.Table:
    """The rows of a table as `order` has them."""
    return table.take(sorted_rows(table, labels, _ORDERS[order])).combine_chunks()


def sorted_rows(table: pa.Table, labels: Sequence[str], names: tuple[RowOrder, ...]) -> np.ndarray:
    """The row numbers in the order of these columns, (n,)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ranks = {"label": labels, "split": SPLIT_CODES}
    keys: dict[str, Any] = {}
    for name in names:
        keys[name] = table[name]
        if name in ranks:
            rank = np.argsort(np.argsort(np.array(ranks[name], object)))
            keys[name] = pa.array(rank[table[name].to_numpy()])
    keys["row"] = pa.array(np.arange(len(table), dtype=np.int32))
    rows = pc.sort_indices(pa.table(keys), sort_keys=[(name, "ascending") for name in keys])
    return rows.to_numpy().astype(np.int32)


def _joined(tables: list[pa.Table]) -> pa.Table:
    import pyarrow as pa

    return pa.concat_tables([table for table in tables if table.num_rows] or tables[:1])
