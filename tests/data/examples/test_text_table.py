from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlcore.data import text_store
from tlcore.data.examples import example_table, text_table
from tlcore.data.examples.example import Example
from tlcore.data.examples.example_table import ExampleBuilder, ExampleTable
from tlcore.data.examples.summary import contents_of
from tlcore.data.examples.text_table import TextBuilder, TextTable, texts_of
from tlcore.errors import DataError


@pytest.fixture(autouse=True)
def few_are_many() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (example_table, text_table, text_store):
            patch.setattr(module, "LONG", 3)
        yield


def by_hash(texts: list[str]) -> dict[str, str]:
    return {hashlib.sha256(text.encode()).hexdigest(): text for text in texts}


def built(pairs: list[tuple[str, str]]) -> TextTable:
    builder = TextBuilder()
    for sha256, text in pairs:
        builder.add(sha256, text, len(text.encode()))
    found = builder.finish()
    assert isinstance(found, TextTable)
    return found


TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=5, unique=True)


@settings(max_examples=50)
@given(TEXTS, st.data())
def test_it_reads_like_a_dictionary(texts: list[str], data: st.DataObject) -> None:
    plain = by_hash(texts)
    found = built([*plain.items(), *list(plain.items())[:2]])
    assert dict(found.items()) == dict(found) == plain and len(found) == len(plain)
    assert found.get("0" * 64) is None and "no hash" not in found and "ab" not in found
    order = data.draw(st.lists(st.sampled_from(sorted(plain)), min_size=4))
    examples = ExampleBuilder()
    for number, sha256 in enumerate(order):
        examples.add(Example(sha256, f"row {number}", "a"))
    long = examples.finish()
    assert isinstance(long, ExampleTable)
    assert [*texts_of(tuple(long), found)] == [*texts_of(long, plain)] == [plain[one] for one in order]
    mine = texts_of(long, found)
    assert [*mine] == [plain[sha256] for sha256 in order] and mine[1:3] == [*mine][1:3]
    assert mine[-1] == plain[order[-1]]


@pytest.mark.parametrize("words", ["straße", "STRASSE", "ＤＡＳ", "日本"])
def test_a_search_finds_what_it_finds_in_a_dictionary(words: str) -> None:
    texts = ["Die Straße", "THE STRASSE", "ｄａｓ", "日本\u3000語", "-", ""]
    plain = by_hash(texts)
    examples = ExampleBuilder()
    for sha256 in [*plain, "0" * 64]:
        examples.add(Example(sha256, f"row {sha256}", "a"))
    long, sought = examples.finish(), words.casefold()
    assert isinstance(long, ExampleTable)
    for contents in (contents_of(long), contents_of(tuple(long))):
        found = built([*plain.items()]).which(contents, lambda text: sought in text.casefold())
        assert found.tolist() == [sought in text.casefold() for text in [*texts, ""]] and found.any()


def test_a_text_that_is_missing_is_said() -> None:
    examples = ExampleBuilder()
    for number in range(5):
        examples.add(Example(f"{number:064x}", "row", "a"))
    long = examples.finish()
    assert isinstance(long, ExampleTable)
    with pytest.raises(KeyError):
        texts_of(long, built([*by_hash(["a", "b", "c", "d", "e"]).items()]))


@given(st.lists(st.sampled_from(["a", "bc", "déf", "日本", "x" * 9, "y", "zz"]), min_size=4, max_size=60))
def test_a_text_counts_once_however_often_it_comes(texts: list[str]) -> None:
    builder = TextBuilder()
    for text in texts:
        builder.add(*by_hash([text]), text, len(text.encode()))
    builder.settle()
    assert builder.bytes == sum(len(text.encode()) for text in {*texts})
    assert dict(builder.finish()) == by_hash(texts)


def test_the_other_file_is_found_when_one_has_just_become_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two looks an addition makes a table of what was one JSON file."""
    few, more = by_hash(["a", "b"]), by_hash(["c", "d", "e"])
    text_store.add_texts(tmp_path, few)
    read = TextTable.read

    def late(path: Path) -> TextTable:
        monkeypatch.undo()
        with pytest.raises(FileNotFoundError):
            read(path)
        text_store.add_texts(tmp_path, more)
        raise FileNotFoundError

    monkeypatch.setattr(text_store.TextTable, "read", late)
    before = text_store.texts_version(tmp_path)
    monkeypatch.setattr(text_store, "LONG", 3)
    assert dict(text_store.read_texts(tmp_path)) == few | more
    assert text_store.texts_version(tmp_path) != before > 0


def test_many_are_kept_in_a_table_and_few_as_before(tmp_path: Path) -> None:
    few, more = by_hash(["a", "b"]), by_hash(["c", "d", "e"])
    text_store.add_texts(tmp_path, few)
    assert text_store.texts_file(tmp_path) == tmp_path / "texts.json"
    text_store.add_texts(tmp_path, more)
    assert text_store.texts_file(tmp_path) == tmp_path / "texts.arrow"
    assert not (tmp_path / "texts.json").exists()
    assert dict(text_store.read_texts(tmp_path)) == few | more
    text_store.write_texts(tmp_path, few)
    assert [path.name for path in tmp_path.iterdir()] == ["texts.json"]
    text_store.remove_texts(tmp_path)
    assert text_store.texts_file(tmp_path) is None


def test_too_many_are_refused_and_the_rest_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text_store.add_texts(tmp_path, by_hash(["a", "b", "c", "d"]))
    monkeypatch.setattr(text_store, "MAX_TEXT_BYTES", 5)
    with pytest.raises(DataError, match="more than"):
        text_store.add_texts(tmp_path, by_hash(["ef"]))
    assert len(text_store.read_texts(tmp_path)) == 4


def test_a_spoilt_table_is_said(tmp_path: Path) -> None:
    text_store.write_texts(tmp_path, by_hash(["a", "b", "c", "d"]))
    path = tmp_path / "texts.arrow"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match="cannot be read"):
        text_store.read_texts(tmp_path)
