from __future__ import annotations

import json
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from tests.fixtures.tables import BODY, PLAIN, Cells, read
from tlcore.data.tables import rows
from tlcore.data.tables.columns import guess_columns
from tlcore.data.tables.encodings import TextLines
from tlcore.data.tables.reading import looks_like_table, read_table
from tlcore.data.tables.rows import Columns
from tlcore.errors import DataError


def replaced(number: int, line: str) -> str:
    """The plain table with another line for message `number`."""
    return PLAIN.replace(f"this is message {number},{'ab'[number % 2]}\n", line)


def with_row(number: int, *cells: str) -> Cells:
    return [*BODY[:number], cells, *BODY[number + 1 :]]


def without(number: int) -> Cells:
    return [*BODY[:number], *BODY[number + 1 :]]


READ: dict[
    str, tuple[str | bytes, Cells, str]
] = {  # what is in the file, the rows it gives, a note or reason
    "plain": (PLAIN, BODY, "the first row holds the names"),
    "no header": (PLAIN.split("\n", 1)[1], BODY, "does not hold the names"),
    "semicolons": (PLAIN.replace(",", ";").replace("is message", "is, message"), [], "semicolons"),
    "tabs": (PLAIN.replace(",", "\t"), BODY, "separated by tabs"),
    "bars": (PLAIN.replace(",", "|"), BODY, "separated by bars"),
    "Excel's sep line": ("sep=;\r\n" + PLAIN.replace(",", ";"), BODY, "semicolons"),
    "Windows lines": (PLAIN.replace("\n", "\r\n"), BODY, "commas"),
    "old Mac lines": (PLAIN.replace("\n", "\r"), BODY, "commas"),
    "UTF-8 with mark": (PLAIN.encode("utf-8-sig"), BODY, "UTF-8"),
    "UTF-16": (PLAIN.encode("utf-16"), BODY, "UTF-16"),
    "UTF-16 without mark": (PLAIN.encode("utf-16-be"), BODY, "UTF-16"),
    "Latin-1": (replaced(3, "café,b\n").encode("latin-1"), with_row(3, "café", "b"), "Windows-1252"),
    "NUL bytes": (PLAIN.replace("message", "mess\0age"), BODY, "NUL bytes, 40 of them"),
    "mixed encodings": (
        PLAIN.replace("message 1", "“message” 1").encode().replace(b"message 2,", b"mess\xe4ge 2,"),
        [
            (text.replace("message 1", "“message” 1"), label)
            for text, label in with_row(2, "this is messäge 2", "a")
        ],
        "one line, read as Windows-1252",
    ),
    "too many cells": (replaced(5, "one,two,three\n"), without(5), "3 cells where the table has 2"),
    "too few cells": (replaced(5, "one\n"), with_row(5, "one", ""), "commas"),
    "empty cells after": (replaced(5, "one,b,,\n"), with_row(5, "one", "b"), "commas"),
    "empty row": (replaced(5, " ,\n"), without(5), "The row is empty."),
    "quotes never closed": (replaced(5, '"one,b\n'), with_row(5, '"one', "b"), "commas"),
    "the last quote never closed": (PLAIN + 'x,"y\n', [*BODY, ("x", '"y')], "commas"),
    "quotes inside": (
        replaced(5, '"say "hi" now",b\n'),
        with_row(5, 'say hi" now"', "b"),
        "marks that do not",
    ),
    "quoted lines": (
        replaced(5, '"one\ntwo, ""three""",b\n'),
        with_row(5, 'one\ntwo, "three"', "b"),
        "commas",
    ),
    "formula": (replaced(5, "=cmd|' /C calc'!A0,b\n"), with_row(5, "=cmd|' /C calc'!A0", "b"), "commas"),
    "long cell": (replaced(5, "x" * 100_001 + ",b\n"), without(5), "more than 100,000 characters"),
    "long line": (replaced(5, "x" * 2_000_000 + "\n"), without(5), "The line has more than 1,000,000"),
    "long line in quotes": (replaced(5, '"' + "x" * 2_000_000 + "\n"), without(5), "more than 1,000,000"),
}


@pytest.mark.parametrize("kind", READ)
def test_what_can_be_read_is_read_and_said(kind: str, tmp_path: Path) -> None:
    content, rows, words = READ[kind]
    table = read(tmp_path, content)
    said = [*table.notes, *(skip.reason for skip in table.skipped)]
    assert any(words in part for part in said), said
    assert table.rows == (rows or [(f"this is, message {n}", "ab"[n % 2]) for n in range(40)])
    assert guess_columns(table) == Columns(0, 1) and looks_like_table(tmp_path / "table.csv")
    assert len(table.numbers) == len(table.rows) and not (set(table.skipped) & {None})


REFUSED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "The file is empty"),
    "blank": (b"\xef\xbb\xbf\n \r\n\n", "The file is empty"),
    "only names": (b"text,label\n", "only names of columns"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "no table of texts"),
    "a PDF": (b"%PDF-1.7 text", "a PDF document"),
    "a web page": (b"\n<!DOCTYPE html><html>", "a web page"),
    "an old archive": (b"\x1f\x8b\x08" + bytes(range(256)), "no table of texts"),
    "one endless line": (b"x" * 20_000_000, "Row 1: The line has more than 1,000,000 characters"),
    "zeros": (bytes(1_000_000), "The file is empty"),
    "a broken list": (b'[{"text": "hi"}, {"text": "y', "not valid after its object 1"),
    "JSON by columns": (b'{"text": {"0": "a"}, "label": {"0": "b"}}', "one object a line"),
    "JSON without objects": (b'{"a" 1}\n', "no table of texts"),
    "Excel's start only": (b"PK\x03\x04" + bytes(100), "no table of texts"),
    "old Excel's start only": (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(3000), "broken, or of a kind"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_read_is_refused_in_one_sentence(kind: str, tmp_path: Path) -> None:
    content, words = REFUSED[kind]
    with pytest.raises(DataError, match=words) as caught:
        read(tmp_path, content, "received.csv")
    assert "received.csv" in str(caught.value) and "\n" not in str(caught.value)


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(rows, "MAX_ROWS", 2_000)
        with pytest.raises(DataError, match=r"more than 2,000 rows.*big\.csv.*at random"):
            read(tmp_path, "text,label\n" + "a,b\n" * 10_000, "big.csv")
    with pytest.raises(DataError, match="1,000 columns"):
        read(tmp_path, "a,b" + ",c" * 1_000)
    monkeypatch.setattr(rows, "MAX_CELLS", 100)
    with pytest.raises(DataError, match="cells"):
        read(tmp_path, PLAIN + PLAIN)
    with (tmp_path / "huge.csv").open("wb") as file:
        file.truncate(501_000_000)
    with pytest.raises(DataError, match="501 MB; the limit for a table is 500 MB"):
        read_table(tmp_path / "huge.csv")
    with pytest.raises(DataError, match=r"no such file.*their\.csv"):
        read_table(tmp_path / "none", "their.csv")


def test_memory_stays_below_the_size_of_the_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "LONG", 10_000)
    path = tmp_path / "big.csv"
    with path.open("w") as file:
        file.write("text,label\n")
        for number in range(20_000):
            file.write(f"{number} {'word ' * 200},{number % 7}\n")
    size = path.stat().st_size
    assert size > 20_000_000
    tracemalloc.start()
    table = read_table(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(table.rows) == 20_000
    assert peak < 0.9 * size


def test_a_line_without_end_is_never_held(tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    with path.open("wb") as file:
        file.write(PLAIN.encode())
        for _ in range(50):
            file.write(b"x" * 1_000_000)
        file.write(b"\nafter,a\n")
    tracemalloc.start()
    table = read_table(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert table.rows == [*BODY, ("after", "a")] and table.skipped[0].name == "row 42"
    assert peak < 20_000_000


def test_rows_are_numbered_as_a_spreadsheet_does(tmp_path: Path) -> None:
    table = read(tmp_path, 'text,label\n\n"two\nlines",a\nlast,b\n')
    assert [*table.numbers] == [3, 4] and [skip.name for skip in table.skipped] == ["row 2"]


def test_exports_that_know_no_quoting(tmp_path: Path) -> None:
    body = [
        ("ab"[n % 2], f"{chr(34) * (n % 10 == 3)}message {n}{chr(34) * (n % 10 == 7)}") for n in range(50)
    ]
    assert read(tmp_path, "".join(f"{label}\t{text}\n" for label, text in body)).rows == body


def test_other_ways_of_quoting(tmp_path: Path) -> None:
    escaped = "".join(f'"say \\"hi, {n}\\" now",{n % 2}\n' for n in range(9))
    assert read(tmp_path, escaped).rows[3] == ('say "hi, 3" now', "1")
    spaced = "".join(f'"hello, {n}", "kind, {n % 2}"\n' for n in range(9))
    assert read(tmp_path, spaced).rows[3] == ("hello, 3", "kind, 1")


def test_json(tmp_path: Path) -> None:
    lines = (
        '{"text": "hi", "label": 1}\n\nbroken\n[1]\n{"label": null, "text": "y\\ud83do", "more": [true]}\n'
    )
    table = read(tmp_path, lines, "a.csv")
    assert table.columns == ("text", "label", "more") and [*table.numbers] == [1, 5]
    assert table.rows == [("hi", "1", ""), ("y\ufffdo", "", "[true]")]
    assert [(skip.name, skip.reason) for skip in table.skipped] == [
        ("row 3", "The line is not valid JSON."),
        ("row 4", "It is not an object with names and values."),
    ]
    objects = [{"text": f"message {n} " + "ö" * 50, "label": n % 3} for n in range(5_000)]
    for indent in (None, 2):
        table = read(tmp_path, json.dumps([*objects, 7], indent=indent), "a.json")
        assert table.rows == [(item["text"], str(item["label"])) for item in objects]
        assert len(table.skipped) == 1 and guess_columns(table) == Columns(0, 1)
    deep = '{"text": ' + "[" * 100_000 + "]" * 100_000 + "}\n"
    assert read(tmp_path, '{"text": "a", "label": "b"}\n' + deep).skipped[0].name == "row 2"


def test_what_only_its_name_calls_a_table_gets_a_sentence_about_tables(tmp_path: Path) -> None:
    for content in (b"<html>", bytes(range(256)) * 9):
        with pytest.raises(DataError, match="no table of texts"):
            read(tmp_path, content, "export.csv")
        assert looks_like_table(tmp_path / "export.csv")
        (tmp_path / "export.jpg").write_bytes(content)
        assert not looks_like_table(tmp_path / "export.jpg")
    (tmp_path / "export.zip").write_text("no archive, though it says so")
    assert not looks_like_table(tmp_path / "export.zip")


def test_what_is_no_table(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as archive:
        archive.writestr("cat/1.txt", "miau")
    (tmp_path / "empty.csv").touch()
    (tmp_path / "empty.zip").touch()
    assert not looks_like_table(tmp_path) and not looks_like_table(tmp_path / "none.csv")
    assert not looks_like_table(tmp_path / "pets.zip") and not looks_like_table(tmp_path / "empty.zip")
    assert looks_like_table(tmp_path / "empty.csv")


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        (
            "cp1252",
            "Où est passé mon colis commandé à Noël ? Ça fait déjà deux semaines, je suis très déçue.",
        ),
        ("cp1252", "You owe me £20 for the kettle – it’s broken"),
        ("cp1250", "Kde je moje zásilka? Čekám už příliš dlouho, řekněte mi prosím, kdy přijede."),
        ("cp1251", "Где моя посылка? Я жду уже две недели и хочу вернуть деньги."),
        ("cp1253", "Πού είναι το δέμα μου; Περιμένω ήδη δύο εβδομάδες και θέλω τα χρήματά μου."),
        ("cp932", "荷物はどこですか。二週間も待っています。お金を返してください。"),
        ("gb18030", "我的包裹在哪里？我已经等了两个星期，想要退款。谢谢您的帮助。"),
    ],
)
def test_encodings_from_before_unicode(codec: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "old.txt"
    path.write_bytes((text + "\n").encode(codec) * 5)
    lines = TextLines(path)
    assert [line.strip() for line in lines if line] == [text] * 5
    assert "fit" not in " ".join(lines.notes())


def test_columns_are_guessed(tmp_path: Path) -> None:
    head = "id,date,split,review text,stars,title\n"
    rows = [
        f"{n},2024-05-{1 + n % 28},{'train' if n % 4 else 'test'},It was a fine stay for {n},{n % 5},Stay {n}"
        for n in range(60)
    ]
    assert guess_columns(read(tmp_path, head + "\n".join(rows))) == Columns(3, 4, 2)
    table = read(tmp_path, "\n".join(rows))
    assert (
        table.columns[0] == "column 1" and guess_columns(table).text == 3 and guess_columns(table).split == 2
    )
    lines = read(tmp_path, "\n".join(f"pasted line {n}{', well' * (n % 3 == 0)}" for n in range(30)))
    assert guess_columns(lines) == Columns(0, None) and lines.notes[1] == "one column"
    both = read(
        tmp_path, "text,label,label_text\n" + "".join(f"t {n},{n % 2},kind {n % 2}\n" for n in range(9))
    )
    assert guess_columns(both) == Columns(0, 2)
    german = read(
        tmp_path, "Frage;Thema\n" + "".join(f"Wie geht {n}, bitte?;{'xy'[n % 2]}\n" for n in range(9))
    )
    assert german.columns == ("Frage", "Thema") and guess_columns(german) == Columns(0, 1)
    assert read(tmp_path, "text,text,\n" + "a,b,c\n" * 3).columns == ("text", "text (2)", "column 3")
