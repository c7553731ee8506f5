"""A table beside pictures that says what each of them is: a CSV, TSV or spreadsheet of file and label.

Which column is which is found out: that of the files is the one whose values are their names, with or without
folder and ending; that of the labels is called so, or has few different values; one of splits may be there.
Only tables of a bounded size are looked at, and no more than a few.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tlcore.data.files.source import FileEntry, FileSource
from tlcore.data.importing.folder_labels import ClassAssignment, is_beside
from tlcore.data.manifest import LONGEST_LABEL, SPLIT_NAMES, Split
from tlcore.data.names import UnsafePath, clean_path, clean_text
from tlcore.data.tables.columns import find_label_and_split
from tlcore.data.tables.reading import SUFFIXES, read_table
from tlcore.data.tables.rows import EMPTY, GUESS_COLUMNS, ColumnNames, Columns, Table
from tlcore.errors import DataError, PictureError, printable
from tlcore.workspace import Workspace

MOST_TABLES = 10  # that are looked at
MOST_BYTES = 100_000_000  # of one of them
DEEP = 6  # folders above a file that tell its name from others
SAMPLE = 2_000  # rows that tell which column holds the files
ENOUGH = 0.1  # of the pictures, or half of the rows, must be known to a table
NO_FILE = "There is no such file."
SEVERAL = "Several files are called so."
NO_ROW = "The table of labels does not list it."
NO_LABEL = "The table has no label for it."
BESIDE_PICTURES = "It is not a picture."
_PARTS = re.compile(
    r"(?:^|[\W_])(?:images?|imgs?|pictures?|photos?|files|data|part|batch)[\W_]*\d*$", re.IGNORECASE
)


@dataclass(frozen=True)
class _Match:
    """One table whose column `files` names pictures: how many, and the entry that it is."""

    entry: FileEntry
    table: Table
    files: int
    hits: int


def assign_from_table(
    source: FileSource, places: Sequence[ClassAssignment | str], columns: ColumnNames = GUESS_COLUMNS
) -> list[ClassAssignment | str] | None:
    """The places that a table among the entries gives; None where folders name the classes or no table fits.

    The table is taken out of `source.entries` then, and what its rows name in vain is added to the skipped.

    Raises:
        DataError: there is no such column as `columns` names.
    """
    if _name_classes(places):
        return None
    tables = [entry for entry in source.entries if _is_table(entry)][:MOST_TABLES]
    if not tables:
        return None
    names = _Names([entry.name for entry in source.entries])
    with tempfile.TemporaryDirectory(dir=Workspace().uploads) as folder:
        matches = [match for entry in tables if (match := _match(entry, names, Path(folder)))]
    if not matches:
        return None
    best = max(matches, key=lambda match: match.hits)
    found = find_label_and_split(best.table, best.files, columns)
    if found.label is None:
        return None
    source.take_out(best.entry)
    return _assign_rows(source, best, found)


def _name_classes(places: Sequence[ClassAssignment | str]) -> bool:
    """True if folders name classes, and not just train and test, or images_1 and images_2."""
    labels = {place.label for place in places if isinstance(place, ClassAssignment)}
    telling = [label for label in labels if label.casefold() not in SPLIT_NAMES and not _PARTS.search(label)]
    return len(telling) > 1


def _is_table(entry: FileEntry) -> bool:
    suffix = PurePosixPath(entry.name).suffix.lower()
    return suffix in SUFFIXES - {".json"} and entry.size <= MOST_BYTES


def _match(entry: FileEntry, names: _Names, folder: Path) -> _Match | None:
    """The match of one table with the pictures; None where it names too few, or cannot be read."""
    path = folder / f"table{PurePosixPath(entry.name).suffix.lower()}"
    try:
        path.write_bytes(entry.read())
        table = read_table(path, entry.name)
    except (PictureError, DataError):
        return None
    rows = table.rows[:: max(1, len(table.rows) // SAMPLE)]
    found = [len(names.find_all(row[at] for row in rows)) for at in range(len(table.columns))]
    files = max(range(len(found)), key=lambda at: found[at])
    if not found[files] or (found[files] < len(rows) / 2 and found[files] < ENOUGH * names.count):
        return None
    return _Match(entry, table, files, len(names.find_all(row[files] for row in table.rows)))


class _Names:
    """Pictures by every way in which a table may call them."""

    def __init__(self, names: Sequence[str]) -> None:
        self._at: dict[str, int] = {}  # -1: several are called so
        self.count = 0
        for at, name in enumerate(names):
            if is_beside(name):
                continue
            self.count += 1
            for key in dict.fromkeys(_names_for(name)):
                self._at[key] = at if self._at.get(key, at) == at else -1

    def find(self, value: str) -> int | None:
        """The place among the entries of the picture that `value` names, the longest part of it that does."""
        for key in _names_for(value):
            if (at := self._at.get(key)) is not None:
                return at if at >= 0 else None
        return None

    def why_not(self, value: str) -> str:
        """Why nothing was found under it."""
        return SEVERAL if any(key in self._at for key in _names_for(value)) else NO_FILE

    def find_all(self, values: Iterable[str]) -> set[int]:
        return {at for value in values if (at := self.find(value)) is not None}


def _names_for(value: str) -> list[str]:
    """Names that a table may use for a file, the most exact first: paths, then paths without the ending."""
    try:
        parts = clean_path(value.casefold()).split("/")
    except UnsafePath:
        return []
    folders, last = parts[:-1][1 - DEEP :], parts[-1]
    stem = last.rpartition(".")[0] or last
    ways = [[*folders[at:], name] for name in dict.fromkeys((last, stem)) for at in range(len(folders) + 1)]
    return ["/".join(way) for way in ways]


def _assign_rows(source: FileSource, match: _Match, columns: Columns) -> list[ClassAssignment | str]:
    """The place of each entry as its row says it; what rows say in vain is added to the skipped."""
    assert columns.label is not None
    names = _Names([entry.name for entry in source.entries])
    known = _Names([skip.name for skip in source.skipped])  # these are skipped for a better reason
    places: dict[int, ClassAssignment | str] = {}
    for skip in match.table.skipped:
        if skip.reason != EMPTY:
            source.skip(f"{match.entry.name}, {skip.name}", skip.reason)
    for number, row in zip(match.table.numbers, match.table.rows, strict=True):
        said = row[match.files].strip()
        at = names.find(said)
        place = _assignment_in(row, columns)
        if at is None:
            if known.find(said) is None:
                source.skip(said or f"{match.entry.name}, row {number}", names.why_not(said))
        elif places.setdefault(at, place) != place:
            source.skip(said, "An earlier row says something else.")
    folders = [] if columns.split is not None else [_folder_split(entry.name) for entry in source.entries]
    for at, split in enumerate(folders):
        place = places.get(at, "")
        if "train" in folders and isinstance(place, ClassAssignment):
            places[at] = ClassAssignment(place.label, split)
    others = [BESIDE_PICTURES if is_beside(entry.name) else NO_ROW for entry in source.entries]
    return [places.get(at, other) for at, other in enumerate(others)]


def _assignment_in(row: Sequence[str], columns: Columns) -> ClassAssignment | str:
    """The class and split that one row gives its file, or the reason to skip it."""
    label = clean_text(row[columns.label or 0])[:LONGEST_LABEL].strip()
    word = row[columns.split].strip() if columns.split is not None else ""
    split = SPLIT_NAMES.get(word.casefold())
    if word and split is None:
        return f"“{printable(word, 30)}” is no name of a split."
    return ClassAssignment(label, split) if label else NO_LABEL


def _folder_split(name: str) -> Split | None:
    """The split whose folder a file lies in, if any."""
    return next((SPLIT_NAMES[part] for part in name.casefold().split("/")[:-1] if part in SPLIT_NAMES), None)
