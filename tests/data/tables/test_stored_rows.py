"""Very many rows: they read like a list of tuples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlcore.data.tables import rows as table_rows
from tlcore.data.tables.columns import choose_columns
from tlcore.data.tables.reading import read_table
from tlcore.data.tables.rows import GUESS_COLUMNS, Rows
from tlcore.data.tables.stored_rows import StoredRows

CELLS = st.text(st.characters(), max_size=8).filter(lambda cell: bool(cell.strip()))
TABLES = st.lists(st.lists(CELLS, min_size=1, max_size=4).map(tuple), min_size=5, max_size=14)


def collected(rows: list[tuple[str, ...]], least: int) -> Rows:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_rows, "LONG", least)
        found = Rows("t.csv")
        for number, row in enumerate(rows, start=2):
            found.add(number, row)
        return found


@settings(max_examples=50)
@given(TABLES, st.integers(-16, 16), st.integers(-16, 16), st.sampled_from([1, 2, -3]))
def test_they_read_like_a_list(rows: list[tuple[str, ...]], one: int, other: int, step: int) -> None:
    """With halves of characters, too, as JSON may hold them."""
    few, many = collected(rows, 50_000), collected(rows, 3)
    width = max(map(len, rows))
    plain, found = few.padded(width), many.padded(width)
    assert isinstance(plain, list) and isinstance(found, StoredRows)
    assert [*found] == plain and len(found) == len(plain) and many.numbers == few.numbers
    assert [*found[one:other:step]] == plain[one:other:step] and [*found[one:][:4]] == plain[one:][:4]
    if -len(plain) <= one < len(plain):
        assert found[one] == plain[one]


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_large_table_says_what_a_small_one_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    path = tmp_path / f"mails.{kind}"
    mails = [(f"Dear {number}, “hello” – 你好", "spam" if number % 3 else "ham") for number in range(60)]
    if kind == "csv":
        path.write_text(
            "text,label\n" + "".join(f"{text.replace(',', ';')},{label}\n" for text, label in mails)
        )
    else:
        lines = [json.dumps({"text": text, "label": label}) for text, label in mails]
        path.write_text("\n".join([*lines, '{"text": "a half: \\ud83d", "label": "ham"}']))
    plain = read_table(path)
    monkeypatch.setattr(table_rows, "LONG", 7)
    found = read_table(path)
    assert isinstance(plain.rows, list) and isinstance(found.rows, StoredRows)
    assert [*found.rows] == plain.rows and [*found.numbers] == [*plain.numbers]
    assert (found.columns, found.notes, found.skipped) == (plain.columns, plain.notes, plain.skipped)
    assert choose_columns(found, GUESS_COLUMNS) == choose_columns(plain, GUESS_COLUMNS)
