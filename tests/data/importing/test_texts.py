from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.data.conftest import jpeg
from tests.fixtures.spreadsheets import excel_rows, xlsx
from tlcore.data.checks import problems
from tlcore.data.dataset import Dataset
from tlcore.data.importing import text_collector
from tlcore.data.importing.progress import ImportProgress, ImportStopped
from tlcore.data.importing.texts import collect, gather, looks_like_texts, needed_bytes
from tlcore.data.manifest import Example, Skipped
from tlcore.data.readiness import check_ready
from tlcore.data.tables.rows import ColumnNames
from tlcore.data.text_store import read_texts, write_texts
from tlcore.errors import DataError

Tree = Callable[..., Path]
HEAD = "text,label\n"


def csv(folder: Path, content: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def lines(first: int, count: int, label: str = "") -> str:
    return "".join(f"message number {n},{label or 'ab'[n % 2]}\n" for n in range(first, first + count))


def test_a_table_becomes_examples_and_texts(tmp_path: Path) -> None:
    path = csv(tmp_path, HEAD + "Où est-il ?,b\nHello,a\n")
    folder = tmp_path / "set"
    folder.mkdir()
    manifest = collect(path, Dataset(folder), lambda _: None, lambda: False)
    sha = hashlib.sha256("Où est-il ?".encode()).hexdigest()
    assert manifest.task == "texts" and manifest.source == "table.csv" and manifest.classes == ("a", "b")
    assert manifest.examples[1] == Example(sha, "row 2", "b", bytes=12) and not manifest.skipped
    assert read_texts(folder)[sha] == "Où est-il ?" and len(read_texts(folder)) == 2
    assert [item.name for item in folder.iterdir()] == ["texts.json"]
    assert needed_bytes(path) > (folder / "texts.json").stat().st_size / 3


def test_rows_left_out_are_named_and_counted(tmp_path: Path) -> None:
    bad = "no label,\n,a\n,\n one,two,three\nno label either, \n"
    found = gather(csv(tmp_path, HEAD + lines(0, 20) + bad))
    assert sorted(found.skipped, key=lambda skip: skip.name) == [
        Skipped("row 22", "The label is missing."),
        Skipped("row 23", "The text is missing."),
        Skipped("row 24", "The row is empty."),
        Skipped("row 25", "It has 3 cells where the table has 2."),
        Skipped("row 26", "The label is missing."),
    ]
    assert len(found.examples) == 20
    assert "2 left out: “The label is missing.” (row 22; row 26)." in found.warnings
    assert "1 left out: “The row is empty.” (row 24)." in found.warnings


def test_what_is_odd_about_texts_is_said(tmp_path: Path) -> None:
    again = "message number 2,a\n" * 5 + "message number 3,a\n"
    table = "text,label,split\n" + (lines(0, 60, "a") + lines(100, 10, "b") + again).replace("\n", ",train\n")
    path = csv(tmp_path, table + "message number 7,a,test\nmessage number 101,b,Dev\nx,a,later\n")
    manifest = collect(path, None, lambda _: None, lambda: False)
    assert manifest.counts() == {"a": 67, "b": 11} and manifest.brought_splits() == {
        "train",
        "validation",
        "test",
    }
    assert manifest.skipped == (Skipped("row 80", "“later” is no name of a split."),)
    assert len(manifest.warnings) == 1 and "“later” is no name of a split." in manifest.warnings[0]
    said = {problem.kind: problem.message for problem in problems(None, manifest)}
    assert said["exact"].startswith("4 texts are there more than once")
    assert said["uneven"].startswith("“a” has 67 texts, “b” 11.")
    assert said["crossing"].startswith(
        "2 texts for validation and test look the same as one to train on, but for"
    )


def test_one_text_under_two_labels(tmp_path: Path) -> None:
    manifest = collect(
        csv(tmp_path, HEAD + lines(0, 20) + "message number 3,a\n"), None, print, lambda: False
    )
    (told,) = [problem for problem in problems(None, manifest) if problem.kind == "two_classes"]
    assert [[name for _, name in group] for group in told.groups] == [["row 22", "row 5"]]


def test_texts_are_only_stripped_of_space_and_control_characters(tmp_path: Path) -> None:
    decomposed = "cafe\u0301 👩\u200d💻\u202e"
    path = csv(tmp_path, HEAD + f'" \t{decomposed}\x07\r\n\tnext\x00 \x85",  A\u200b \nb,B\n')
    found = gather(path)
    assert found.texts[found.examples[0].sha256] == f"{decomposed}\n\tnext"
    assert [example.label for example in found.examples] == ["A", "B"]


def test_columns_can_be_corrected(tmp_path: Path) -> None:
    path = csv(tmp_path, "message,answer,mood\n" + "".join(f"q {n},a long {n},{n % 2}\n" for n in range(9)))
    assert {example.label for example in gather(path).examples} == {"0", "1"}
    assert {example.label for example in gather(path, ColumnNames(text="answer")).examples} == {"0", "1"}
    found = gather(path, ColumnNames("mood", "answer"))
    assert len(found.texts) == 2 and found.examples[0].label == "a long 0"
    assert (
        gather(path, ColumnNames(label="message")).texts.keys()
        == gather(path, ColumnNames("answer")).texts.keys()
    )
    with pytest.raises(DataError, match=r"no such column.*Received: moody.*message, answer, mood"):
        gather(path, ColumnNames(label="moody"))
    with pytest.raises(DataError, match="different columns"):
        gather(path, ColumnNames("mood", "mood"))
    with pytest.raises(DataError, match=r"No column .* looks like labels"):
        gather(csv(tmp_path, "a,b\n" + "".join(f"one {n},two {n}\n" for n in range(9))))
    with pytest.raises(DataError, match="only one column, so it has no labels"):
        gather(csv(tmp_path, "".join(f"pasted line {n}\n" for n in range(9))))
    with pytest.raises(DataError, match="only one class, “a”"):
        check_ready(collect(csv(tmp_path, HEAD + lines(0, 9, "a")), None, print, lambda: False))


def test_tables_named_after_splits(tree: Tree, tmp_path: Path) -> None:
    other = "label,text\n" + "".join(f"{'ab'[n % 2]},held out {n}\n" for n in range(6))
    files = {
        "set/Train.csv": (HEAD + lines(0, 20)).encode(),
        "set/test.csv": other.encode(),
        "set/README.md": b"x",
    }
    root = tree(files)
    found = gather(root)
    assert [example.split for example in found.examples] == ["train"] * 20 + ["test"] * 6
    assert found.examples[20] == Example(
        hashlib.sha256(b"held out 0").hexdigest(), "set/test.csv, row 2", "a", bytes=10, split="test"
    )
    assert (
        found.skipped == [Skipped("set/README.md", "It is not one of the tables.")] and found.warnings == ()
    )
    archive = Path(shutil.make_archive(str(tmp_path / "zipped"), "zip", root))
    assert gather(archive).examples == found.examples and looks_like_texts(archive)
    (root / "set/test.csv").write_bytes(b"words,label\na,b\n")
    with pytest.raises(DataError, match=r"set/test\.csv has no column “text”"):
        gather(root)


def test_one_table_in_a_folder(tree: Tree, tmp_path: Path) -> None:
    root = tree({"about.txt": b"Notes", "info.json": b"{}"})
    xlsx(
        root / "all.xlsx", excel_rows([("text", "label"), *((f"message {n}", "ab"[n % 2]) for n in range(9))])
    )
    found = gather(root)
    assert found.examples[0].name == "row 2" and len(found.skipped) == 2 and looks_like_texts(root)
    csv(root, HEAD, "more.csv")
    with pytest.raises(DataError, match=r"several tables.*all\.xlsx, more\.csv.*train and test"):
        gather(root)
    with pytest.raises(DataError, match="no table and no folders"):
        gather(tree({"readme.md": b"x"}, "other"))


def test_txt_files_by_class(tree: Tree, tmp_path: Path) -> None:
    places = [(split, label, n) for split in ("train", "test") for label in ("neg", "pos") for n in range(3)]
    files = {
        f"aclImdb/{split}/{label}/{n}.txt": f"{split} {label} {n}\n".encode() for split, label, n in places
    }
    bad = {
        "aclImdb/README.txt": b"Notes",
        "aclImdb/train/neg/logo.png": jpeg(1),
        "aclImdb/train/neg/empty.txt": b" \n",
        "aclImdb/train/neg/long.txt": b"x" * 100_001,
        "aclImdb/train/neg/picture.txt": jpeg(2),
    }
    root = tree({**files, **bad, "aclImdb/train/pos/old.txt": "déjà vu à la plage".encode("cp1252")})
    seen: list[ImportProgress] = []
    found = gather(root, on_progress=seen.append)
    assert len(found.examples) == 13 and found.texts[found.examples[0].sha256] == "test neg 0"
    assert {(e.split, e.label) for e in found.examples} == {
        (split, label) for split in ("train", "test") for label in ("neg", "pos")
    }
    assert "déjà vu à la plage" in found.texts.values()
    reasons = {skip.name.removeprefix("aclImdb/"): skip.reason for skip in found.skipped}
    assert reasons == {
        "README.txt": "It is outside the train, validation and test folders.",
        "train/neg/logo.png": "It is not a .txt file.",
        "train/neg/empty.txt": "The text is missing.",
        "train/neg/long.txt": "It has a cell of more than 100,000 characters.",
        "train/neg/picture.txt": "It is not text.",
    }
    assert (seen[-1].done, seen[-1].bytes_done) == (seen[-1].total, seen[-1].bytes_total) and seen[
        -1
    ].total == 18
    tar = Path(shutil.make_archive(str(tmp_path / "texts"), "gztar", root))
    assert {e.sha256 for e in gather(tar).examples} == {e.sha256 for e in found.examples}


def test_pictures_are_not_texts(tree: Tree, two_classes: dict[str, bytes | int]) -> None:
    root = tree({**two_classes, "cat/notes.txt": b"x", "labels.csv": b"a,b\n"})
    assert not looks_like_texts(root)


def test_an_import_can_be_stopped(tmp_path: Path) -> None:
    path = csv(tmp_path, HEAD + lines(0, 5_000))
    seen: list[ImportProgress] = []
    with pytest.raises(ImportStopped):
        gather(path, on_progress=seen.append, should_stop=lambda: len(seen) == 2)
    assert [progress.done for progress in seen] == [1_000, 2_000]


def test_all_texts_together_are_bounded(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_collector, "MAX_TEXT_BYTES", 2_000_000)
    root = tree({f"a/{n}.txt": f"{n}".encode() * 50_000 for n in range(30)})
    with pytest.raises(DataError, match="more than 2 MB of texts"):
        gather(root)


def test_texts_on_disk(tmp_path: Path) -> None:
    texts = {"ab": 'שלום, "world"\n\t', "cd": "你好"}
    write_texts(tmp_path, texts)
    assert read_texts(tmp_path) == texts
    for content in (b'{"ab": 1}', b"{"):
        (tmp_path / "texts.json").write_bytes(content)
        with pytest.raises(DataError, match="Import it again"):
            read_texts(tmp_path)
    with pytest.raises(DataError):
        read_texts(tmp_path / "gone")
