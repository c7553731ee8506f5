"""The columns of a table: find their names, and the ones with text, label and split."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from tlcore.data.manifest import SPLIT_NAMES
from tlcore.data.names import clean_text
from tlcore.data.tables.rows import ColumnNames, Columns, Table
from tlcore.errors import DataError, printable

TEXT_NAMES = (
    *("text", "texts", "sentence", "sentences", "review", "message", "messages", "utterance", "comment"),
    *("tweet", "sms", "document", "body", "content", "question", "query", "headline", "title", "description"),
    *("texte", "texto", "testo", "nachricht", "satz", "kommentar", "frase", "mensaje", "текст", "文本", "نص"),
)
LABEL_NAMES = (
    *("label", "labels", "class", "classes", "category", "categories", "intent", "target", "sentiment"),
    *("topic", "tag", "language", "emotion", "y", "klasse", "kategorie", "classe", "catégorie", "clase"),
    *("categoría", "etiqueta", "étiquette", "categoria", "etichetta", "класс", "категория", "метка"),
    *("标签", "类别", "ラベル", "فئة", "rating", "stars", "score"),
)
SPLIT_COLUMN_NAMES = ("split", "set", "subset", "partition", "fold", "part")
LONGEST_NAME = 100  # characters of the name of a column
MEAN_LABEL = 50  # characters: a column of longer ones on average holds no labels
_SAMPLE_ROWS = 5_000  # rows, spread over the table
_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?([eE][-+]?\d+)?%?")


def has_header(rows: Sequence[tuple[str, ...]]) -> bool:
    """True if the first row holds names and not an example.

    It does where one of them is a usual name that does not come again below it. Otherwise every column that
    can tell must agree: one of few different values, or of numbers, where the first row has something else.
    """
    first = [cell.strip() for cell in rows[0]]
    if any(len(cell) > LONGEST_NAME for cell in first):
        return False
    sample = [*rows[1 : 1 + _SAMPLE_ROWS]]
    columns = [[row[at].strip() for row in sample] for at in range(len(first))]
    usual = {*TEXT_NAMES, *LABEL_NAMES, *SPLIT_COLUMN_NAMES}
    if any(
        cell.casefold() in usual and cell not in below for cell, below in zip(first, columns, strict=True)
    ):
        return True
    votes = [_is_name(cell, below) for cell, below in zip(first, columns, strict=True)]
    return all(first) and len(set(first)) == len(first) and True in votes and False not in votes


def column_names(first: Sequence[str] | None, width: int) -> tuple[str, ...]:
    """Clean names for `width` columns, all different: from the first row, or "column 1" and so on."""
    found: list[str] = []
    for at in range(width):
        name = clean_text(first[at])[:LONGEST_NAME] if first else ""
        plain = name = name or f"column {at + 1}"
        again = 1
        while name in found:
            again += 1
            name = f"{plain} ({again})"
        found.append(name)
    return tuple(found)


def guess_columns(table: Table, taken: Collection[int] = ()) -> Columns:
    """Guess the columns with texts (the longest and most varied), labels (few short values) and splits.

    Usual names help: text, review, message …; label, class, category, intent … A label or split of None means
    that no column looks like one. `taken`: columns that are none of them, if there are others.
    """
    sample = table.rows[:: max(1, len(table.rows) // _SAMPLE_ROWS)]
    looks = [
        _measure_column(at, name, [row[at].strip() for row in sample])
        for at, name in enumerate(table.columns)
    ]
    looks = [look for look in looks if look.at not in taken] or looks
    split = next((look.at for look in looks if look.is_split and len(looks) > 1), None)
    looks = [look for look in looks if look.at != split]
    text = max(looks, key=lambda look: look.as_text)
    labels = [look for look in looks if look is not text and look.as_label > 0]
    label = max(labels, key=lambda look: (look.as_label, -look.different), default=None)
    return Columns(text.at, label.at if label else None, split)


def choose_columns(table: Table, names: ColumnNames) -> Columns:
    """The columns of a table: the named ones, the others guessed.

    Raises:
        DataError: there is no column of that name.
    """
    named = {
        role: _place(table, name) for role, name in (("text", names.text), ("label", names.label)) if name
    }
    return replace(guess_columns(table, named.values()), **named)


def find_label_and_split(table: Table, files: int, names: ColumnNames) -> Columns:
    """Of a table whose column `files` names files: which one holds their labels, and which their split.

    Raises:
        DataError: there is no column of the name that is wanted for the labels.
    """
    sample = table.rows[:: max(1, len(table.rows) // _SAMPLE_ROWS)]
    looks = [
        _measure_column(at, name, [row[at].strip() for row in sample])
        for at, name in enumerate(table.columns)
        if at != files
    ]
    split = next((look.at for look in looks if look.is_split and len(looks) > 1), None)
    looks = [look for look in looks if look.at != split]
    if names.label:
        return Columns(files, _place(table, names.label), split)
    labels = [look for look in looks if look.as_label > 0] or (looks if len(looks) == 1 else [])
    label = max(labels, key=lambda look: (look.as_label, -look.different), default=None)
    return Columns(files, label.at if label else None, split)


def _place(table: Table, name: str) -> int:
    if name not in table.columns:
        raise DataError(
            "There is no such column.",
            received=name,
            remedy=f"Choose from {printable(', '.join(table.columns))}.",
        )
    return table.columns.index(name)


@dataclass(frozen=True)
class _ColumnStatistics:
    """Statistics of a column: its number of different values, and scores as text and as label; 0: neither."""

    at: int
    different: int
    as_text: float
    as_label: float
    is_split: bool


def _measure_column(at: int, name: str, cells: list[str]) -> _ColumnStatistics:
    filled = [cell for cell in cells if cell]
    different = set(filled)
    varied = len(different) / max(1, len(filled))
    are_numbers = all(_NUMBER.fullmatch(value) for value in different)
    letters = sum(sum(map(str.isalpha, cell[:500])) for cell in cells) / max(1, len(cells))
    as_text = 0.0 if are_numbers else letters * varied * 4 ** _name_score(name, TEXT_NAMES)
    named = _name_score(name, LABEL_NAMES)
    is_short = sum(map(len, filled)) <= MEAN_LABEL * len(filled)
    could_be = bool(different) and is_short and (named or (len(different) > 1 and varied <= 0.5))
    splits = [SPLIT_NAMES[cell.casefold()] for cell in filled if cell.casefold() in SPLIT_NAMES]
    return _ColumnStatistics(
        at,
        len(different),
        as_text / 4 if named else as_text,
        0.5 + 1.5 * named + (not are_numbers) if could_be else 0.0,
        len(splits) > 0.9 * len(filled) and (len(set(splits)) > 1 or name.casefold() in SPLIT_COLUMN_NAMES),
    )


def _name_score(name: str, usual: Collection[str]) -> float:
    """1 for a usual name, less for one that has it as one of its words, such as review_text."""
    name = name.casefold()
    return 1.0 if name in usual else 0.7 if not set(re.split(r"[\W_]+", name)).isdisjoint(usual) else 0.0


def _is_name(cell: str, below: list[str]) -> bool | None:
    """True if the first cell is a name, judged by the cells below it; None where they cannot tell."""
    values = [value for value in below if value]
    if values and all(_NUMBER.fullmatch(value) for value in values):
        return not _NUMBER.fullmatch(cell)
    if len(values) > 1 and len(set(values)) <= len(values) / 2:
        return cell not in values
    return None
