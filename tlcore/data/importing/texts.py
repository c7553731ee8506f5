"""Texts from a table, from tables named train and test, or from .txt files in one folder per class.

The reader of the task "texts" for `importer.py`; `text_store.py` keeps them. What was sent is always what
was accepted plus what was skipped.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tlcore.data.dataset import Dataset
from tlcore.data.files.open_source import open_source
from tlcore.data.files.source import FileSource
from tlcore.data.images import decode
from tlcore.data.importing.progress import ImportProgress, ImportStopped, Listener, Stopper
from tlcore.data.importing.text_files import (
    SplitTable,
    count_plain,
    is_by_class,
    read_plain,
    suffix,
    table_entries,
    unpack_tables,
)
from tlcore.data.importing.text_warnings import warnings
from tlcore.data.manifest import LONGEST_LABEL, MAX_TEXT_BYTES, SPLIT_NAMES, Example, Manifest, Skipped, Split
from tlcore.data.names import clean_text
from tlcore.data.near_duplicates import Groups, group_texts
from tlcore.data.tables.columns import choose_columns
from tlcore.data.tables.reading import looks_like_table, read_table
from tlcore.data.tables.rows import GUESS_COLUMNS, ColumnNames, Columns, Table
from tlcore.data.text_store import add_texts, read_texts
from tlcore.errors import DataError, printable

NO_TEXT = "The text is missing."
NO_LABEL = "The label is missing."
_MOST_NAMES = 10_000  # remembered: a column of texts is no column of classes
_ROWS = 1_000  # between two words about progress


@dataclass
class ImportedTexts:
    """Texts of a source. `texts`: by the SHA-256 of their UTF-8. `warnings`: sentences about rows left out.

    `label`: the class of all of them, "" for none; None: each has its own.
    """

    source: str
    label: str | None = None
    examples: list[Example] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    warnings: tuple[str, ...] = ()
    ignored: int = 0
    text_column: str = ""
    _bytes: int = 0
    _names: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, text: str, label: str, split: Split | None) -> None:
        """Take in one text, or skip it with the reason.

        Raises:
            DataError: more text than the limit.
        """
        text, label = clean(text), self._class_name(label)
        if not text or (not label and self.label is None):
            self.skipped.append(Skipped(name, NO_LABEL if text else NO_TEXT))
            return
        content = text.encode()
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 not in self.texts:
            self.texts[sha256] = text
            self._bytes += len(content)
        self.examples.append(Example(sha256, name, label, bytes=len(content), split=split))
        if self._bytes > MAX_TEXT_BYTES:
            raise DataError(
                f"There are more than {MAX_TEXT_BYTES / 1e6:.0f} MB of texts.", received=self.source
            )

    def _class_name(self, said: str) -> str:
        """The class that a row names, as it is kept: one string for all its texts."""
        if self.label == "":
            return ""
        said = self.label or said
        if said not in self._names:
            name = clean_text(said)[:LONGEST_LABEL].strip()
            if len(self._names) >= _MOST_NAMES:
                return name
            self._names[said] = name
        return self._names[said]


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
        return 3 * path.stat().st_size  # UTF-8 of an older encoding, escapes, hashes
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
    examples = sorted(result.examples, key=lambda e: (e.split or "", e.label))
    return Manifest(
        name=result.source,
        task="texts",
        source=result.source,
        classes=tuple(sorted({example.label for example in examples if example.label})),
        examples=tuple(example for example in examples if example.label),
        aside=tuple(example for example in examples if not example.label),
        skipped=tuple(result.skipped),
        ignored=result.ignored,
        warnings=result.warnings,
        text_column=result.text_column,
    )


def near_copies(dataset: Dataset, examples: Iterable[Example], should_stop: Stopper) -> Groups:
    """Groups of SHA-256 whose texts are the same but for trifles. It takes no time that is worth a stop."""
    texts = read_texts(dataset.folder)
    wanted = {example.sha256 for example in examples}
    return group_texts({sha256: text for sha256, text in texts.items() if sha256 in wanted})


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
        result = ImportedTexts(path.name, label)
        _read_tables([SplitTable(path, path.name)], columns, result, listen)
    else:
        with open_source(path) as source:
            result = ImportedTexts(source.name, label, skipped=list(source.skipped), ignored=source.ignored)
            if is_by_class(source, label):
                _read_files(source, result, listen)
            else:
                with unpack_tables(source) as (parts, beside):
                    result.skipped += beside
                    _read_tables(parts, columns, result, listen)
    result.warnings = tuple(warnings(result.skipped))
    return result


def clean(text: str) -> str:
    """A text as it is kept: without control characters, but for line breaks and tabs, or space around it.

    Everything else stays as it is, since a tokenizer decides what it makes of it.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isprintable():
        text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return text.strip()


def _read_files(source: FileSource, result: ImportedTexts, listen: Listener) -> None:
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
    parts: list[SplitTable], wanted: ColumnNames, result: ImportedTexts, listen: Listener
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
    table: Table, columns: Columns, part: SplitTable, before: str, result: ImportedTexts, listen: Listener
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


def _check_columns(columns: Columns, table: Table, result: ImportedTexts) -> None:
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
