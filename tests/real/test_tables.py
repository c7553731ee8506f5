"""Real tables of texts are read and understood without a word from anybody."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tlcore.data.importing.text_collector import clean as cleaned
from tlcore.data.importing.texts import gather, looks_like_texts
from tlcore.data.tables.columns import guess_columns
from tlcore.data.tables.reading import looks_like_table, read_table
from tlcore.data.tables.rows import Columns

ROWS = {
    "snips7": (13784, 700),
    "banking77": (10003, 3080),
    "sms_spam": (4129, 1031),
    "langid_udhr": (1501, 514),
}


@pytest.mark.parametrize("name", ROWS)
def test_columns_are_guessed_right(name: str, shared_data: Path) -> None:
    for part, count in zip(("train", "test"), ROWS[name], strict=True):
        path = shared_data / name / f"{part}.csv"
        table = read_table(path)
        assert looks_like_table(path) and guess_columns(table) == Columns(0, 1) and len(table.rows) == count
        assert table.columns == ("text", "label") and not table.skipped
        with path.open(encoding="utf-8", newline="") as file:
            assert table.rows == [tuple(row) for row in csv.reader(file)][1:]


@pytest.mark.parametrize("name", ROWS)
def test_a_folder_of_train_and_test_is_one_data_set(name: str, shared_data: Path) -> None:
    found = gather(shared_data / name)
    assert looks_like_texts(shared_data / name) and len(found.examples) == sum(ROWS[name])
    assert sum(example.split == "test" for example in found.examples) == ROWS[name][1]
    assert all(cleaned(text) == text for text in found.texts.values())


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_the_same_rows_as_other_programs_write_them(
    separator: str, encoding: str, shared_data: Path, tmp_path: Path
) -> None:
    wanted = [
        row for row in read_table(shared_data / "sms_spam" / "train.csv").rows if _fits(row[0], encoding)
    ]
    path = tmp_path / "sms"
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=separator).writerows(wanted)
    table = read_table(path)
    assert table.rows == wanted and guess_columns(table) == Columns(0, 1) and not table.skipped


def _fits(text: str, encoding: str) -> bool:
    return text.encode(encoding, "ignore").decode(encoding) == text
