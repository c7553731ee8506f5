"""Texts of a batch: a table, an archive of tables or .txt files, or a file with a text on each line.

Tables are read as an import reads them, within the same limits; their classes, if they have any, are not
looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tlcore.data.batch_inputs.chunks import InputChunk, InputChunks, InputLocation
from tlcore.data.examples.text_table import texts_of
from tlcore.data.importing.progress import Stopper
from tlcore.data.importing.text_collector import clean
from tlcore.data.importing.texts import gather
from tlcore.data.manifest import MAX_TEXT_BYTES, Skipped
from tlcore.data.tables.encodings import TextLines, is_text
from tlcore.data.tables.reading import looks_like_table, read_table
from tlcore.data.tables.rows import GUESS_COLUMNS, LONG_CELL, LONG_LINE, MAX_CELL, ColumnNames
from tlcore.errors import DataError

CHUNK = 128  # texts in a piece
LINES = ".txt"  # a text on each line, where the file is given by itself
_START = 1 << 16  # bytes that tell whether a file is text

NamedText = tuple[str, str]  # a name and its text


@contextmanager
def open_inputs(where: InputLocation, should_stop: Stopper) -> Iterator[InputChunks]:
    """The texts of a source, some in each chunk; they end early when `should_stop` says so.

    Raises:
        DataError: no texts in it, or it cannot be read.
    """
    is_lines = where.source.is_file() and where.source.suffix.lower() == LINES
    texts, skipped = _lines(where.source) if is_lines else _gather(where.source, where.column)
    yield InputChunks(len(skipped) + len(texts), _chunks(texts, skipped, where, should_stop))


def _chunks(
    texts: list[NamedText], skipped: list[Skipped], where: InputLocation, should_stop: Stopper
) -> Iterator[InputChunk]:
    for item in skipped[where.after : where.until]:
        yield InputChunk((item.name,), refusal=item.reason)
    first = max(0, where.after - len(skipped))
    texts = texts[: None if where.until is None else max(0, where.until - len(skipped))]
    file = where.work / "texts.jsonl"
    for at in range(first, len(texts), CHUNK):
        if should_stop():
            return
        part = texts[at : at + CHUNK]
        lines = [json.dumps({"text": text}, ensure_ascii=False) for _, text in part]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="replace", newline="\n")
        yield InputChunk(tuple(name for name, _ in part), file)
    file.unlink(missing_ok=True)


def _gather(source: Path, column: str) -> tuple[list[NamedText], list[Skipped]]:
    """All texts as an import finds them; in the column of that name, where a table has one."""
    known = column and source.is_file() and looks_like_table(source)
    has_it = known and column in read_table(source).columns
    found = gather(source, ColumnNames(text=column) if has_it else GUESS_COLUMNS, label="")
    texts = texts_of(found.examples, found.texts)
    return [(example.name, text) for example, text in zip(found.examples, texts, strict=True)], found.skipped


def _lines(path: Path) -> tuple[list[NamedText], list[Skipped]]:
    """Each line that is not empty, named after its number.

    Raises:
        DataError: too large, not text, or with nothing in it.
    """
    with path.open("rb") as file:
        start = file.read(_START)
    if path.stat().st_size > MAX_TEXT_BYTES or not is_text(start):
        raise DataError(
            "This is not a text file.",
            received=path.name,
            remedy="Choose a file with one text per line, or a table.",
        )
    texts: list[NamedText] = []
    skipped: list[Skipped] = []
    for number, line in enumerate(TextLines(path), start=1):
        name, text = f"line {number}", clean(line or "")
        if line is None or len(text) > MAX_CELL:
            skipped.append(Skipped(name, LONG_LINE if line is None else LONG_CELL))
        elif text:
            texts.append((name, text))
    if not texts:
        raise DataError("The file has no text in it.", received=path.name)
    return texts, skipped
