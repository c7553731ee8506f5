"""CSV and its kin: which separator, which way of quoting, and rows that are wrong mended one by one.

The reading itself is the csv module's, in its strict mode. Where that refuses a record, mostly for a
quotation mark that is never closed or stands bare inside a text, only its first line is read anew, and the
lines that it would have swallowed are given back.
"""

from __future__ import annotations

import csv
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from tlcore.data.tables.encodings import TextLines
from tlcore.data.tables.rows import LONG_CELL, LONG_LINE, Rows

SEPARATORS = {"\t": "tabs", "|": "bars", ";": "semicolons", ",": "commas"}  # the least likely in a text first
_NONE = "\x1f"  # a separator that no text has: one column
_SAMPLE = 1_000  # lines
_SAMPLE_CHARACTERS = 500_000
_ENOUGH = 0.5  # of the rows must be equally wide for a separator to be one


@dataclass(frozen=True)
class Dialect:
    """Separator and quoting. `width`: cells of most rows; `share`: of the rows that have so many."""

    separator: str
    quoted: bool = True
    spaced: bool = False  # a space after each separator
    escaped: bool = False  # a quotation mark inside is \" and not ""
    width: int = 1
    share: float = 0.0

    def parse(self, lines: Iterable[str], strict: bool) -> Iterator[list[str]]:
        return csv.reader(
            lines,
            delimiter=self.separator,
            quoting=csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE,
            skipinitialspace=self.spaced,
            doublequote=not self.escaped,
            escapechar="\\" if self.escaped else None,
            strict=strict,
        )


class _LineTooLong(Exception):
    pass


class _Feed:
    """Hands lines to the csv module, remembers those of the present record, and takes lines back."""

    def __init__(self, lines: Iterable[str | None]) -> None:
        self._lines = iter(lines)
        self._ahead: deque[str | None] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else next(self._lines)
        if line is not None:
            self.taken.append(line)
            return line
        if not self.taken:
            raise _LineTooLong
        self._ahead.appendleft(None)
        raise csv.Error("a line inside is too long")

    def give_back(self) -> str:
        """All lines of the record but the first, which is returned."""
        first, *rest = self.taken
        self._ahead.extendleft(reversed(rest))
        return first


class Records:
    """The records of a text: cells, or the reason to skip it. `mended`: how many were read anew."""

    def __init__(self, lines: Iterable[str | None], dialect: Dialect) -> None:
        self._feed = _Feed(lines)
        self._dialect = dialect
        self.mended = 0

    def __iter__(self) -> Iterator[list[str] | str]:
        reader = self._dialect.parse(self._feed, strict=True)
        while True:
            self._feed.taken.clear()
            try:
                record: list[str] | str = next(reader)
            except StopIteration:
                return
            except _LineTooLong:
                record = LONG_LINE
            except csv.Error:
                record = self._alone(self._feed.give_back())
                self.mended += isinstance(record, list)
            yield record

    def _alone(self, line: str) -> list[str] | str:
        """One line by itself: quotation marks count if they close and give the right number of cells."""
        plain = replace(self._dialect, quoted=False, escaped=False)
        try:
            cells = next(self._dialect.parse([line], strict=False))
            if len(cells) == self._dialect.width and not cells[-1].endswith(("\n", "\r")):
                return cells
            return next(plain.parse([line], strict=False))
        except csv.Error:
            return LONG_CELL


def read_separated(lines: TextLines, rows: Rows) -> list[str]:
    """Read all records of `lines` into `rows`; returns what was recognised, in plain words.

    Raises:
        DataError: more rows, columns or cells than the limits.
    """
    first, named = _separator_line(lines)
    dialect = recognise(_sample(lines, first), named)
    records = Records(islice(lines, first, None), dialect)
    for number, cells in enumerate(records, start=1 + first):
        if isinstance(cells, str):
            rows.skip(number, cells)
            continue
        while len(cells) > dialect.width and not cells[-1].strip():
            cells.pop()
        if len(cells) > dialect.width:
            rows.skip(number, f"It has {len(cells):,} cells where the table has {dialect.width:,}.")
        else:
            rows.add(number, cells + [""] * (dialect.width - len(cells)))
    notes = [f"separated by {SEPARATORS[dialect.separator]}" if dialect.width > 1 else "one column"]
    if records.mended:
        rows_with = "one row" if records.mended == 1 else f"{records.mended:,} rows"
        notes.append(f"quotation marks that do not fit in {rows_with}, read as they stand")
    return notes


def recognise(sample: list[str], named: str = "") -> Dialect:
    """The separator and the way of quoting under which most rows are equally wide.

    Args:
        sample: the first lines.
        named: a separator that the file itself names, or "".
    """
    best = Dialect(_NONE, quoted=_is_wrapped(sample))
    for separator in [named] if named else SEPARATORS:
        for dialect in _candidate_dialects(sample, separator):
            if dialect.width > 1 and dialect.share >= _ENOUGH and dialect.share > best.share:
                best = dialect
    return best


def _candidate_dialects(sample: list[str], separator: str) -> Iterator[Dialect]:
    """The ways of quoting worth trying, the likelier of equals first.

    Without quoting comes before the usual way where that swallows lines or breaks, and the marks do not
    surround cells: exports without quoting have texts that start with a mark here and end with one there.
    """
    usual, rows, mended = _try_dialect(sample, Dialect(separator))
    if mended and sum(line.count('\\"') - line.count('""') for line in sample) > 0:
        yield _try_dialect(sample, Dialect(separator, escaped=True))[0]
    if any(f'{separator} "' in line for line in sample):
        yield _try_dialect(sample, Dialect(separator, spaced=True))[0]
    if mended or len(rows) < len(sample):
        plain, rows, _ = _try_dialect(sample, Dialect(separator, quoted=False))
        cells = [cell.strip() for row in rows for cell in row]
        starts, ends = ([c.startswith('"') for c in cells], [c.endswith('"') and len(c) > 1 for c in cells])
        around = sum(start and end for start, end in zip(starts, ends, strict=True))
        if sum(starts) + sum(ends) - 2 * around > around:
            yield plain
    yield usual


def _try_dialect(sample: list[str], dialect: Dialect) -> tuple[Dialect, list[list[str]], int]:
    """The dialect with its width and share on the sample, its rows, and how many were mended."""
    records = Records(sample, dialect)
    rows = [record for record in records if not isinstance(record, str)]
    widths = Counter(len(row) for row in rows if row)
    if not widths:
        return dialect, rows, records.mended
    width, count = widths.most_common(1)[0]
    share = max(0.0, count - records.mended) / widths.total()
    return replace(dialect, width=width, share=share), rows, records.mended


def _is_wrapped(sample: list[str]) -> bool:
    """True if most lines of one column are quoted; the first, which may be a name, does not count."""
    lines = [line.strip() for line in sample[1:] if line.strip()]
    return bool(lines) and sum(line.startswith('"') for line in lines) > len(lines) / 2


def _separator_line(lines: TextLines) -> tuple[int, str]:
    """Excel's own first line `sep=;`: how many lines to leave out, and the separator."""
    first = (next(iter(lines), None) or "").strip("\r\n").lower()
    is_one = len(first) == 5 and first.startswith("sep=") and first[4] in SEPARATORS
    return (1, first[4]) if is_one else (0, "")


def _sample(lines: TextLines, first: int) -> list[str]:
    sample, characters = [], 0
    for line in islice(lines, first, first + _SAMPLE):
        if line is not None:
            sample.append(line)
            characters += len(line)
        if characters > _SAMPLE_CHARACTERS:
            break
    return sample
