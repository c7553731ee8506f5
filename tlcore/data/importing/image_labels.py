"""The class of each picture of a source: from folders or a table, or none yet.

`arrange` tells what a tree of folders says. Where that names no classes, a table beside the pictures may
(`table_labels.py`); where there is none either, the pictures are a pile that a person will sort.
"""

from __future__ import annotations

from tlcore.data.files.source import FileSource
from tlcore.data.importing.folder_labels import ClassAssignment, assign_from_folders, is_beside
from tlcore.data.importing.table_labels import assign_from_table
from tlcore.data.tables.rows import GUESS_COLUMNS, ColumnNames

PILE = ClassAssignment("")


def assign_classes(
    source: FileSource, label: str | None = None, columns: ColumnNames = GUESS_COLUMNS
) -> list[ClassAssignment | str]:
    """For each entry of `source` its place or the reason to skip it, in order.

    A table that says which file is what is taken out of the source's entries, and its rows without a file
    are among what the source skipped; so this comes before anything else is counted.

    Args:
        label: the class of all pictures, whatever their folders are called; "" for none.
        columns: of such a table: which one holds the labels.

    Raises:
        DataError: the table has no such column.
    """
    if label is not None:
        return [ClassAssignment(label)] * len(source.entries)
    places = assign_from_folders([entry.name for entry in source.entries])
    told = assign_from_table(source, places, columns)
    if told is not None:
        return told
    if any(isinstance(place, ClassAssignment) for place in places):
        return places
    return [
        reason if is_beside(entry.name) else PILE
        for entry, reason in zip(source.entries, places, strict=True)
    ]
