"""Texts from a table, from tables named train and test, or from .txt files in one folder per class.

The reader of the task "texts" for `importer.py`; `text_store.py` keeps them. What was sent is always what
was accepted plus what was skipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from tlcore.data.dataset import Dataset
from tlcore.data.examples.example_table import ExampleTable
from tlcore.data.examples.summary import shown_classes
from tlcore.data.files.open_source import open_source
from tlcore.data.files.source import FileSource
from tlcore.data.images import decode
from tlcore.data.importing.progress import ImportProgress, ImportStopped, Listener, Stopper
from tlcore.data.importing.text_collector import ImportedTexts, TextCollector
from tlcore.data.importing.text_files import (
    SplitTable,
    count_plain,
    is_by_class,
    read_plain,
    suffix,
    table_entries,
    unpack_tables,
)
from tlcore.data.manifest import SPLIT_NAMES, Example, Manifest, Skipped, order_aside, order_used
from tlcore.data.near_duplicates import Groups, group_texts
from tlcore.data.tables.columns import choose_columns
from tlcore.data.tables.reading import looks_like_table, read_table
from tlcore.data.tables.rows import GUESS_COLUMNS, ColumnNames, Columns, Table
from tlcore.data.text_store import add_texts, read_texts
from tlcore.errors import DataError, printable

_ROWS = 1_000  # between two words about progress


def looks_like_texts(path: Path) -> bool:
    """True if `path` holds texts: a table, or a folder or archive of tables or .txt files and few pictures.

    Raises:
        DataError: `path` cannot be opened.
    """
    if path.is_file() and looks_like_table(path):
        return True
    with open_source(path) as source:
        endings = decode.suffixes()
        shown = sum(suffix(entry)[1:] in endings for entry in source.entries)
        # Many data sets of pictures have a file of text beside each picture, or beside all of them.
        return count_plain(source) > 2 * shown or (not shown and bool(table_entries(source)))


def needed_bytes(path: Path) -> int:
    """Disk space that an import takes at most, in bytes.

    Raises:
        DataError: `path` cannot be opened.
    """
    if path.is_file() and looks_like_table(path):
        return 6 * path.stat().st_size  # UTF-8 of an older encoding, escapes, hashes; rows outside of memory
    with open_source(path) as source:
        return 3 * source.total_bytes


def collect(
    path: Path,
    dataset: Dataset | None,
    on_progress: Listener,
    should_stop: Stopper,
    columns: ColumnNames = GUESS_COLUMNS,
    label: str | None = None,
) -> Manifest:
    """Every text looked at: the manifest before it is judged. The texts are kept in `dataset`, if given.

    Args:
        columns: which column of the table is which; those not named are guessed.
        label: the class of all of them, "" for none; None: as folders or the table say.

    Raises:
        DataError: as `gather`.
        ImportStopped: `should_stop` returned True.
    """
    result = gather(path, columns, on_progress, should_stop, label)
    if dataset is not None:
        add_texts(dataset.folder, result.texts)
    used, aside = _sides(result.examples)
    return Manifest(
        name=result.source,
        task="texts",
        source=result.source,
        classes=tuple(sorted(shown_classes(used))),
        examples=used,
        aside=aside,
        skipped=tuple(result.skipped),
        ignored=result.ignored,
        warnings=result.warnings,
        text_column=result.text_column,
    )


def _sides(examples: Sequence[Example]) -> tuple[Sequence[Example], Sequence[Example]]:
    """The examples that have a class, and the others, each in order."""
    if isinstance(examples, ExampleTable):
        own = examples.columns
        has_class = own.label != own.labels.index("") if "" in own.labels else np.ones(len(examples), bool)
        return examples.where(has_class, order_used), examples.where(~has_class, order_aside)
    ordered = sorted(examples, key=lambda e: (e.split or "", e.label))
    return tuple(e for e in ordered if e.label), tuple(e for e in ordered if not e.label)


def near_copies(dataset: Dataset, examples: Iterable[Example], should_stop: Stopper) -> Groups:
    """Groups of SHA-256 whose texts are the same but for trifles. It takes no time that is worth a stop."""
    groups = group_texts(read_texts(dataset.folder))
    grouped = {sha256 for group in groups for sha256 in group}
    wanted = {example.sha256 for example in examples if example.sha256 in grouped}
    found = (tuple(sha256 for sha256 in group if sha256 in wanted) for group in groups)
    return tuple(group for group in found if len(group) > 1)


def gather(
    path: Path,
    columns: ColumnNames = GUESS_COLUMNS,
    on_progress: Listener = lambda _: None,
    should_stop: Stopper = lambda: False,
    label: str | None = None,
) -> ImportedTexts:
    """All texts of `path` with their labels and splits, in the order of the source.

    Raises:
        DataError: no texts in it, a table that cannot be read, or one without a column of labels.
        ImportStopped: `should_stop` returned True.
    """

    def listen(progress: ImportProgress) -> None:
        on_progress(progress)
        if should_stop():
            raise ImportStopped("The import was stopped.", remedy="Start it again when you like.")

    if path.is_file() and looks_like_table(path):
        result = TextCollector(path.name, label)
        _read_tables([SplitTable(path, path.name)], columns, result, listen)
    else:
        with open_source(path) as source:
            result = TextCollector(source.name, label, list(source.skipped), source.ignored)
            if is_by_class(source, label):
                _read_files(source, result, listen)
            else:
                with unpack_tables(source) as (parts, beside):
                    result.skipped += beside
                    _read_tables(parts, columns, result, listen)
    return result.finish()


def _read_files(source: FileSource, result: TextCollector, listen: Listener) -> None:
    """All .txt files of a source, class by class."""
    total, bytes_done = len(source.entries), 0
    for done, (entry, outcome) in enumerate(read_plain(source, result.label), start=1):
        if isinstance(outcome, Skipped):
            result.skipped.append(outcome)
        else:
            result.add(outcome.name, outcome.text, outcome.place.label, outcome.place.split)
        bytes_done += entry.size
        listen(ImportProgress(done, total, bytes_done, source.total_bytes, entry.name))


def _read_tables(
    parts: list[SplitTable], wanted: ColumnNames, result: TextCollector, listen: Listener
) -> None:
    """All rows of one table, or of one for each split with the same columns."""
    first: Table | None = None
    columns: Columns | None = None
    for part in parts:
        table = read_table(part.path, part.name)
        if first is None or columns is None:
            first, columns = table, choose_columns(table, wanted)
            _check_columns(columns, table, result)
            result.text_column = table.columns[columns.text]
        before = f"{part.name}, " if len(parts) > 1 else ""
        _read_rows(table, _same_columns(columns, first, table, part.name), part, before, result, listen)


def _read_rows(
    table: Table, columns: Columns, part: SplitTable, before: str, result: TextCollector, listen: Listener
) -> None:
    """Every row of one table. `before`: what stands before the number of a row in its name."""
    result.skipped += [Skipped(before + skip.name, skip.reason) for skip in table.skipped]
    size, total = part.path.stat().st_size, len(table.rows)
    for done, (number, row) in enumerate(zip(table.numbers, table.rows, strict=True), start=1):
        name = f"{before}row {number}"
        split, word = part.split, ""
        if columns.split is not None and (word := row[columns.split].strip()):
            split = SPLIT_NAMES.get(word.casefold())
        if word and split is None:
            result.skipped.append(Skipped(name, f"“{printable(word, 30)}” is no name of a split."))
        else:
            result.add(name, row[columns.text], "" if columns.label is None else row[columns.label], split)
        if done % _ROWS == 0 or done == total:
            listen(ImportProgress(done, total, size * done // total, size, name))


def _check_columns(columns: Columns, table: Table, result: TextCollector) -> None:
    """Refuse a table without the columns that are needed.

    Raises:
        DataError: they are not.
    """
    if result.label is not None:
        return
    if columns.label is None and len(table.columns) == 1:
        raise DataError(
            "This table has only one column, so it has no labels.",
            received=result.source,
            remedy="Add a column with the label of each text, after a comma, a semicolon or a tab.",
        )
    if columns.label is None:
        raise DataError(
            "No column of this table looks like labels.",
            received=", ".join(table.columns),
            remedy="Choose the column with the labels, or add one: few different values, each in many rows.",
        )
    used = [at for at in (columns.text, columns.label, columns.split) if at is not None]
    if len(set(used)) < len(used):
        raise DataError(
            "Text, label and split must be different columns.",
            received=", ".join(table.columns[at] for at in used),
            remedy=f"Choose from {', '.join(table.columns)}.",
        )


def _same_columns(columns: Columns, first: Table, table: Table, name: str) -> Columns:
    """The same columns in another table of the source, by their names."""

    def find(at: int | None) -> int | None:
        if at is None or table.columns == first.columns:
            return at
        wanted = first.columns[at]
        if wanted not in table.columns:
            raise DataError(f"The table {name} has no column “{wanted}”.", received=", ".join(table.columns))
        return table.columns.index(wanted)

    return Columns(find(columns.text) or 0, find(columns.label), find(columns.split))
