"""Reading of a table of texts: CSV and its kin, JSON, spreadsheets.

What a file is shows in its content, not in its name. Everything is read within the limits of `rows.py`:
beyond them there is one clear sentence, and a row that is wrong is skipped with its reason, never the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from tlcore.data.manifest import MAX_TEXT_BYTES
from tlcore.data.tables import columns, csv_reader, json_rows, spreadsheets
from tlcore.data.tables.encodings import TextLines, is_text
from tlcore.data.tables.rows import Rows, Table
from tlcore.errors import DataError

SUFFIXES = {".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".json", *spreadsheets.SUFFIXES}
_ARCHIVES = {".zip", ".tar", ".tgz", ".gz"}
_START = 1 << 16  # bytes that tell what a file is
_OTHERS = (  # texts that are no tables
    (b"%pdf", "a PDF document"),
    (b"{\\rtf", "a document (RTF)"),
    (b"<?xml", "XML"),
    (b"<!doctype", "a web page, perhaps an error page that was saved"),
    (b"<html", "a web page, perhaps an error page that was saved"),
)
_REMEDY = "Give a CSV, TSV, JSON Lines or Excel file with a column of texts and a column of labels."


def looks_like_table(path: Path) -> bool:
    """True if `path` is a file for `read_table`: by its content, or by its name if it is no archive.

    So a broken table, or a picture called one, gets the sentence that `read_table` has for it.
    """
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(_START)
    if spreadsheets.is_spreadsheet(path):
        return True
    if start and is_text(start) and not _other_kind(start):
        return path.suffix.lower() not in _ARCHIVES
    return path.suffix.lower() in SUFFIXES and not start.startswith((b"PK", b"\x1f\x8b"))


def read_table(path: Path, name: str | None = None) -> Table:
    """Read the table in the file `path`.

    Args:
        name: the file's name as people know it, if it is not that of `path`.

    Raises:
        DataError: no table, empty, broken, protected by a password, or beyond the limits; one sentence says
            what was received and what to do.
    """
    name = name or path.name
    _check(path, name)
    rows = Rows(name)
    keys: list[str] | None = None
    if spreadsheets.is_spreadsheet(path):
        notes = spreadsheets.read_spreadsheet(path, rows)
    else:
        lines = TextLines(path)
        start = next(islice(lines.blocks(_START), 1), "")
        if json_rows.looks_like_json(start):
            keys, kind = json_rows.read_json(lines, start, rows)
        else:
            kind = csv_reader.read_separated(lines, rows)
        notes = [*lines.notes(), *kind]
    return _to_table(rows, keys, notes)


def _check(path: Path, name: str) -> None:
    if not path.is_file():
        raise DataError("There is no such file.", received=name, remedy="Check the path.")
    size = path.stat().st_size
    if size > MAX_TEXT_BYTES:
        raise DataError(
            f"This file has {size / 1e6:,.0f} MB; the limit for a table is {MAX_TEXT_BYTES / 1e6:.0f} MB.",
            received=name,
            remedy="Keep a part of its rows, drawn at random, and try again.",
        )
    with path.open("rb") as file:
        start = file.read(_START)
    if not start.strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"):
        raise DataError("The file is empty.", received=name, remedy=_REMEDY)
    if spreadsheets.is_spreadsheet(path):
        return
    if kind := _other_kind(start):
        raise DataError(f"This is no table of texts but {kind}.", received=name, remedy=_REMEDY)
    if not is_text(start):
        raise DataError("This is no table of texts.", received=name, remedy=_REMEDY)


def _other_kind(start: bytes) -> str:
    """The kind of a text that is surely no table, or ""."""
    beginning = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return next((kind for mark, kind in _OTHERS if beginning.startswith(mark)), "")


def _to_table(rows: Rows, keys: list[str] | None, notes: list[str]) -> Table:
    """The table with its columns named: by the keys of JSON, by the first row, or by number."""
    numbers: Sequence[int] = rows.numbers
    if not numbers:
        why = f" {rows.skipped[0].name.capitalize()}: {rows.skipped[0].reason}" if rows.skipped else ""
        raise DataError(f"There are no rows in it that can be read.{why}", received=rows.name, remedy=_REMEDY)
    width = len(keys) if keys else rows.width
    found = rows.padded(width)
    first: tuple[str, ...] | None = tuple(keys) if keys else None
    if not keys:
        is_named = columns.has_header(found)
        first = found[0] if is_named else None
        notes = [*notes, f"the first row {'holds' if is_named else 'does not hold'} the names of the columns"]
        if is_named:
            found, numbers = found[1:], numbers[1:]
    if not found:
        raise DataError("There are only names of columns in it, and no rows.", received=rows.name)
    return Table(columns.column_names(first, width), found, tuple(notes), numbers, tuple(rows.skipped))
