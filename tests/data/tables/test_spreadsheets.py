from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest

from tests.fixtures.spreadsheets import ROWS, excel_rows, ods, xls, xlsx
from tests.fixtures.tables import BODY, PLAIN, read
from tlcore.data.files import archives
from tlcore.data.tables import rows, spreadsheets
from tlcore.data.tables.reading import looks_like_table, read_table
from tlcore.errors import DataError


def test_spreadsheets_whatever_their_names(tmp_path: Path) -> None:
    more = excel_rows(ROWS, 3) + excel_rows([("Geld zurück", 2.0), ("", True)], 7)
    for path in (ods(tmp_path / "a.csv", ROWS), xls(tmp_path / "b.txt"), xlsx(tmp_path / "c.csv", "", more)):
        table = read_table(path)
        assert looks_like_table(path) and table.columns == ROWS[0] and table.rows[:2] == ROWS[1:]
        assert "spreadsheet" in table.notes[0]
    assert table.rows[2] == ("Geld zurück", "2") and [*table.numbers] == [4, 5, 7, 8]
    assert table.notes[0] == "a spreadsheet, sheet “sheet2”, the other one not read"
    assert read(tmp_path, PLAIN, "text.xlsx").rows == BODY
    with pytest.raises(DataError, match="This spreadsheet is empty"):
        read_table(xlsx(tmp_path / "d.xlsx", ""))


def test_spreadsheets_that_would_take_all_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "SMALL", 1_000_000)
    bomb = xlsx(tmp_path / "bomb.xlsx", excel_rows(ROWS) + "<!--" + " " * 2_000_000 + "-->")
    with pytest.raises(DataError, match=r"far more than a table.*bomb\.xlsx"):
        read_table(bomb)
    corner = xlsx(
        tmp_path / "corner.xlsx", excel_rows(ROWS) + '<row r="900000"><c r="ALM900000"><v>1</v></c></row>'
    )
    monkeypatch.setattr(spreadsheets, "MAX_MEMORY", 200_000_000)
    with pytest.raises(DataError, match=r"too large.*far from the others.*corner\.xlsx"):
        read_table(corner)
    long = xlsx(tmp_path / "long.xlsx", excel_rows([("a", "b")] * 2_001))
    monkeypatch.undo()
    monkeypatch.setattr(rows, "MAX_ROWS", 2_000)
    monkeypatch.setattr(spreadsheets, "MAX_ROWS", 2_000)
    with pytest.raises(DataError, match="more than 2,000 rows"):
        read_table(long)


def test_a_spreadsheet_that_lies_about_its_size(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "lie.xlsx", excel_rows(ROWS))
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    path.write_bytes(path.read_bytes().replace(struct.pack("<I", size), struct.pack("<I", 2_000_000_000)))
    with pytest.raises(DataError, match="far more than a table"):
        read_table(path)
