"""The Data page of so many texts that they lie in columns: looked through, changed, added to, and packed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pages.conftest import Open, words
from tlcore.data import text_store
from tlcore.data.dataset import Dataset
from tlcore.data.examples import example_table, table_file, text_table
from tlcore.data.examples.example_table import ExampleTable
from tlcore.data.importing import additions, importer
from tlcore.data.recent_versions import RECENT
from tlcore.data.tables import rows
from tlcore.data.versions import edits, versions

MANY = 5_000  # in place of ten times as many
COUNT = MANY + 100
COLOURS = ("red", "green", "blue")


def row(number: int) -> str:
    name = "".join("abcdefghij"[int(digit)] for digit in str(number))
    text = "Hm" if number == 7 else f"Parcel {name} is {COLOURS[number % 3]}"
    return f"{text},{COLOURS[number % 3]}\n"


@pytest.fixture(autouse=True, scope="module")
def columns() -> Iterator[None]:
    """More than so many lie in columns."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (example_table, table_file, text_table, text_store, rows):
            patch.setattr(module, "LONG", MANY)
        yield


@pytest.fixture(scope="module")
def imported(columns: None, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("many")
    table = folder / "parcels.csv"
    table.write_text("text,label\n" + "".join(map(row, range(COUNT))) + row(3))
    importer.import_data(table, folder / "datasets" / "parcels-1", name="parcels")
    return Dataset(folder / "datasets" / "parcels-1")


@pytest.fixture
def many(imported: Dataset, tmp_path: Path) -> Dataset:
    """A copy of the data set, to change."""
    copy = tmp_path / "workspace" / "datasets" / imported.id
    shutil.copytree(imported.folder, copy)
    RECENT.clear()
    return Dataset(copy)


def test_an_import_leaves_two_tables(imported: Dataset) -> None:
    manifest = imported.read()
    assert isinstance(manifest.examples, ExampleTable) and len(manifest.examples) == COUNT + 1
    assert {"manifest.arrow", "texts.arrow"} <= {path.name for path in imported.folder.iterdir()}
    assert imported.manifest(1).stat().st_size < 1_000_000
    assert len(text_store.read_texts(imported.folder)) == COUNT  # one of them came twice


def test_the_page(many: Dataset, empty: Open) -> None:
    at = empty("data")
    assert not at.exception and not at.error
    assert {m.label: m.value for m in at.metric}["Texts"] == f"{COUNT + 1:,}"
    assert [*at.dataframe[0].value["Class"]] == ["blue"] * 500
    at.selectbox(key=f"class_{many.id}").select("green").run()
    at.text_input(key=f"search_{many.id}").set_value("PARCEL BAAD IS").run()
    assert [*at.dataframe[0].value["Text"]] == ["Parcel baad is green"]
    assert f"1 of {COUNT + 1:,} texts." in words(at)
    at.text_input(key=f"search_{many.id}").set_value("").run()
    at.selectbox(key=f"class_{many.id}").select("All classes").run()
    at.selectbox(key=f"problem_{many.id}").select("Texts of a word or less").run()
    assert [*at.dataframe[0].value["Text"]] == ["Hm"] and not at.exception
    at.selectbox(key=f"problem_{many.id}").select("With or without").run()
    at.selectbox(key=f"part_{many.id}").select("Test").run()
    assert set(at.dataframe[0].value["Split"]) == {"Test"} and not at.exception


def test_a_change_an_undo_and_an_addition(many: Dataset, empty: Open, tmp_path: Path) -> None:
    first = many.read().examples[0]
    versions.change(many, edits.Exclude((first.key,)))
    at = empty("data")
    assert {m.label: m.value for m in at.metric}["Texts"] == f"{COUNT:,}" and not at.exception
    at.selectbox(key=f"class_{many.id}").select("Set aside").run()
    assert len(at.dataframe[0].value) == 1 and not at.exception
    versions.undo(many, 2)
    table = tmp_path / "more.csv"
    table.write_text("text,label\nA parcel of quite another kind,red\n")
    additions.add(table, many)
    RECENT.clear()
    manifest = many.read()
    assert manifest.version == 4 and len(manifest.examples) == COUNT + 2
    assert "A parcel of quite another kind" in {*text_store.read_texts(many.folder).values()}
    assert isinstance(manifest.examples, ExampleTable)
