"""Texts by their SHA-256 in two columns, mapped from a file: a million of them take next to no memory."""

from __future__ import annotations

import functools
from collections.abc import Callable, ItemsView, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlcore.data.examples import arrow_file
from tlcore.data.examples.example import Example
from tlcore.data.examples.example_table import LONG
from tlcore.data.examples.hashes import HASH_BYTES, HashNames, hash_array, hashes_of
from tlcore.data.examples.lazy_sequence import LazySequence
from tlcore.data.examples.summary import contents_of

if TYPE_CHECKING:
    import pyarrow as pa

_COLUMNS = {"sha256": f"fixed_size_binary[{HASH_BYTES}]", "text": "large_string"}
_AT_ONCE = 4096  # texts that are made together


class TextTable(Mapping[str, str]):
    """It reads like a dictionary; a text is made when somebody looks at it.

    Args:
        table: its columns `sha256` (32 bytes), ascending, and `text`.
    """

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __getitem__(self, sha256: str) -> str:
        row = self._row(sha256)
        if row is None:
            raise KeyError(sha256)
        return str(self.table["text"][row].as_py())

    def __contains__(self, sha256: object) -> bool:
        return isinstance(sha256, str) and self._row(sha256) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(HashNames(self._hashes))

    def items(self) -> ItemsView[str, str]:
        return _Items(self)

    @functools.cached_property
    def _hashes(self) -> np.ndarray:
        return hash_array(self.table["sha256"])

    def _row(self, sha256: str) -> int | None:
        try:
            wanted = np.array(bytes.fromhex(sha256), self._hashes.dtype)
        except ValueError:
            return None
        row = int(np.searchsorted(self._hashes, wanted))
        is_here = row < len(self) and self._hashes[row] == wanted and len(sha256) == 2 * HASH_BYTES
        return row if is_here else None

    def of(self, contents: np.ndarray) -> TextList:
        """The texts with these SHA-256, (n,), in their order.

        Raises:
            KeyError: the text of one is missing.
        """
        rows, are_here = self._rows(contents)
        if not are_here.all():
            raise KeyError("a text is missing")
        return TextList(self.table["text"], rows)

    def which(self, contents: np.ndarray, test: Callable[[str], bool]) -> np.ndarray:
        """Which of the texts with these SHA-256, (n,), pass a test, (n,); one that is missing is as "" is."""
        passed = np.fromiter((test(text) for _, text in self.items()), bool, len(self))
        rows, are_here = self._rows(contents)
        return np.where(are_here, passed[rows], test("")) if len(self) else np.full(len(contents), test(""))

    def has(self, contents: np.ndarray) -> np.ndarray:
        """Whether each of these SHA-256, (n,), has a text here, (n,)."""
        return self._rows(contents)[1]

    def _rows(self, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The row of the text of each content, (n,), and whether it is there, (n,)."""
        rows = np.minimum(np.searchsorted(self._hashes, wanted), max(0, len(self) - 1)).astype(np.int32)
        return rows, self._hashes[rows] == wanted if len(self) else np.zeros(len(wanted), bool)

    def write(self, path: Path) -> None:
        """Write them into a file, whole or not at all."""
        arrow_file.write(path, self.table)

    @classmethod
    def read(cls, path: Path) -> TextTable:
        """Those in a file.

        Raises:
            OSError: it is missing.
            ValueError: it is none that `write` made.
        """
        found = cls(arrow_file.read(path, _COLUMNS))
        if (found._hashes[1:] <= found._hashes[:-1]).any():
            raise ValueError("its texts are not in order")
        return found


def texts_of(examples: Sequence[Example], texts: Mapping[str, str]) -> Sequence[str]:
    """The texts of these examples, in their order.

    Raises:
        KeyError: the text of one is missing.
    """
    if isinstance(texts, TextTable):
        return texts.of(contents_of(examples))
    return [texts[example.sha256] for example in examples]


class _Items(ItemsView[str, str]):
    """The pairs of a `TextTable`, some at a time: quicker than to look for each."""

    def __init__(self, texts: TextTable) -> None:
        super().__init__(texts)
        self._table = texts.table

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for batch in self._table.to_batches(max_chunksize=_AT_ONCE):
            hashes, texts = (column.to_pylist() for column in batch.columns)
            yield from zip(map(bytes.hex, hashes), texts, strict=True)


class TextList(LazySequence[str]):
    """Some of the texts in a column, in an order of their own: rows of it, (n,)."""

    def __init__(self, column: pa.ChunkedArray, rows: np.ndarray) -> None:
        self._column = column
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def part(self, at: slice) -> list[str]:
        return [str(text) for text in self._column.take(self._rows[at]).to_pylist()]

    def item(self, at: int) -> str:
        return str(self._column[int(self._rows[at])].as_py())

    def __iter__(self) -> Iterator[str]:
        for at in range(0, len(self), _AT_ONCE):
            yield from self[at : at + _AT_ONCE]


class TextBuilder:
    """Collects texts: a dictionary of few, a table of many."""

    def __init__(self) -> None:
        self.bytes = 0  # of what came in, in UTF-8; of what came twice since `settle`, of both
        self._recent: dict[str, str] = {}
        self._parts: list[TextTable] = []  # no text is in two of them

    def add(self, sha256: str, text: str, size: int) -> None:
        """Take in a text of `size` bytes, unless it is here."""
        if sha256 not in self._recent:
            self._recent[sha256] = text
            self.bytes += size
            if len(self._recent) > LONG:
                self.settle()

    def settle(self) -> None:
        """Leave out what came in before: `bytes` counts each text once from now on."""
        import pyarrow as pa
        import pyarrow.compute as pc

        hashes = hashes_of([*self._recent])
        rows = np.argsort(hashes, kind="stable")
        part = TextTable(
            pa.table(
                {
                    "sha256": pa.array(map(bytes.fromhex, self._recent), pa.binary(HASH_BYTES)),
                    "text": pa.array(self._recent.values(), pa.large_string()),
                }
            ).take(rows)
        )
        is_old = np.zeros(len(rows), bool)
        for earlier in self._parts:
            is_old |= earlier.has(hashes[rows])
        self.bytes -= pc.sum(pc.binary_length(part.table["text"].filter(is_old))).as_py() or 0
        if not is_old.all():
            self._parts.append(TextTable(arrow_file.outside(iter([part.table.filter(~is_old)]))))
        self._recent = {}

    def finish(self) -> Mapping[str, str]:
        """All of them."""
        if not self._parts:
            return self._recent
        import pyarrow as pa

        self.settle()
        whole = pa.concat_tables([part.table for part in self._parts])
        self._parts = []
        rows = np.argsort(hash_array(whole["sha256"]), kind="stable")
        return TextTable(arrow_file.outside(iter([whole.take(rows)])))
