"""Files of a folder or archive that hold texts: tables named after splits, one table, or .txt files.

`texts.py` reads what is found here. Folders and archives are opened as those of pictures are.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tlcore.data.files.source import FileEntry, FileSource
from tlcore.data.importing.folder_labels import ClassAssignment, assign_from_folders
from tlcore.data.manifest import SPLIT_NAMES, Skipped, Split
from tlcore.data.tables.encodings import decode, is_text
from tlcore.data.tables.reading import SUFFIXES
from tlcore.data.tables.rows import LONG_CELL, MAX_CELL
from tlcore.errors import DataError, PictureError
from tlcore.workspace import Workspace

BESIDE = "It is not one of the tables."
_PLAIN = ".txt"


@dataclass(frozen=True)
class SplitTable:
    """One table of a source: the file, the name that people know it by, and the split that this name says."""

    path: Path
    name: str
    split: Split | None = None


@dataclass(frozen=True)
class TextFile:
    """One .txt file: its text, its class and its split."""

    name: str
    text: str
    place: ClassAssignment


def suffix(entry: FileEntry) -> str:
    return PurePosixPath(entry.name).suffix.lower()


def table_entries(source: FileSource) -> list[FileEntry]:
    """The entries that are tables: those named after splits if there are any, else all but .json.

    The table to train on comes first.
    """
    found = [entry for entry in source.entries if suffix(entry) in SUFFIXES]
    named = [entry for entry in found if _split(entry)]
    if named:
        return sorted(named, key=lambda entry: (_split(entry) != "train", entry.name))
    return [entry for entry in found if suffix(entry) != ".json"]


def is_by_class(source: FileSource, label: str | None = None) -> bool:
    """True if the texts are .txt files in folders, or anywhere if all are of one class; not tables."""
    found = table_entries(source)
    if label is not None and not found:
        return any(suffix(entry) == _PLAIN for entry in source.entries)
    return count_plain(source) > 0 and not any(_split(entry) for entry in found)


def count_plain(source: FileSource) -> int:
    """Number of .txt files in folders."""
    return sum("/" in entry.name and suffix(entry) == _PLAIN for entry in source.entries)


def read_plain(
    source: FileSource, label: str | None = None
) -> Iterator[tuple[FileEntry, TextFile | Skipped]]:
    """Each file, read as one text or skipped with the reason. `label`: the class of all, if given."""
    plain = [entry for entry in source.entries if suffix(entry) == _PLAIN]
    # without the ending: to `arrange`, .txt files are notes that lie beside pictures
    found: list[ClassAssignment | str] = [ClassAssignment(label)] * len(plain) if label is not None else []
    found = found or assign_from_folders([entry.name[: -len(_PLAIN)] for entry in plain])
    places = dict(zip((entry.name for entry in plain), found, strict=True))
    for entry in source.entries:
        yield entry, _read(entry, places.get(entry.name, "It is not a .txt file."))


def _read(entry: FileEntry, place: ClassAssignment | str) -> TextFile | Skipped:
    if isinstance(place, str):
        return Skipped(entry.name, place)
    if entry.size > 4 * MAX_CELL:  # no encoding takes more bytes for a character
        return Skipped(entry.name, LONG_CELL)
    try:
        content = entry.read()
    except PictureError as error:
        return Skipped(entry.name, error.what)
    text = decode(content) if is_text(content) else None
    if text is None or len(text) > MAX_CELL:
        return Skipped(entry.name, "It is not text." if text is None else LONG_CELL)
    return TextFile(entry.name, text, place)


@contextmanager
def unpack_tables(source: FileSource) -> Iterator[tuple[list[SplitTable], list[Skipped]]]:
    """The tables of a source as files, for as long as they are read, and what lies beside them.

    Raises:
        DataError: no table, one that cannot be read, or several not named after splits.
    """
    chosen = table_entries(source)
    if not chosen:
        why = f" {source.skipped[0].name}: {source.skipped[0].reason}" if source.skipped else ""
        raise DataError(
            f"It holds no table and no folders of .txt files.{why}",
            received=source.name,
            remedy="Give a CSV, TSV, JSON Lines or Excel file, or one folder of .txt files per class.",
        )
    if len(chosen) > 1 and not _split(chosen[0]):
        raise DataError(
            "It holds several tables.",
            received=", ".join(entry.name for entry in chosen),
            remedy="Give one of them, or name them train and test.",
        )
    beside = [Skipped(e.name, BESIDE) for e in source.entries if e not in chosen]
    with tempfile.TemporaryDirectory(dir=Workspace().uploads) as folder:
        parts = []
        for at, entry in enumerate(chosen):
            path = Path(folder, f"{at}{suffix(entry)}")
            try:
                path.write_bytes(entry.read())
            except PictureError as error:
                raise DataError(error.what, received=entry.name) from error
            parts.append(SplitTable(path, entry.name, _split(entry)))
        yield parts, beside


def _split(entry: FileEntry) -> Split | None:
    return SPLIT_NAMES.get(PurePosixPath(entry.name).stem.casefold())
