"""Where pictures belong: by folders, by a table beside them, or nowhere yet; each by a real import."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tlcore.data.importing.importer import scan
from tlcore.data.importing.table_labels import NO_FILE, NO_LABEL, NO_ROW, SEVERAL
from tlcore.data.manifest import Manifest
from tlcore.data.tables.rows import ColumnNames

Tree = Callable[..., Path]


def seen(root: Path, **about: object) -> Manifest:
    return scan(root, for_training=False, **about)  # type: ignore[arg-type]


def pictures(*folders: str, each: int = 6) -> dict[str, bytes | int]:
    return {f"{folder}/{n}.jpg": 100 * at + n for at, folder in enumerate(folders) for n in range(each)}


def table(rows: dict[str, str], head: str = "file,label") -> bytes:
    return "\n".join([head, *(f"{name},{rest}" for name, rest in rows.items())]).encode()


FLAT = {f"{n}.jpg": n for n in range(8)}
SAID = {f"{n}.jpg": "cat" if n % 2 else "dog" for n in range(8)}


@pytest.mark.parametrize("wrapper", ["", "set/", "set/images/"])
@pytest.mark.parametrize("ending", [True, False])
def test_a_flat_folder_with_a_table(tree: Tree, wrapper: str, ending: bool) -> None:
    rows = {name if ending else name.removesuffix(".jpg"): label for name, label in SAID.items()}
    root = tree({wrapper + name: seed for name, seed in FLAT.items()} | {"labels.csv": table(rows)})
    found = seen(root)
    assert found.counts() == {"cat": 4, "dog": 4} and not found.skipped and not found.aside


def test_the_table_may_name_the_split_and_be_of_any_kind(tree: Tree) -> None:
    rows = {name: f"{label}\t{'test' if name < '2' else 'train'}" for name, label in SAID.items()}
    content = table(rows, "split me\tlabel\tsplit").replace(b",", b"\t").replace(b"split me", b"file")
    found = seen(tree({**FLAT, "labels.tsv": content}))
    assert found.counts() == {"cat": 4, "dog": 4} and found.brought_splits() == {"train", "test"}


def test_what_table_and_folder_do_not_agree_on_is_listed(tree: Tree) -> None:
    rows = {**SAID, "7.jpg": "", "gone.jpg": "cat", "0.jpg": "cat"}
    found = seen(tree({**FLAT, "extra.jpg": 50, "labels.csv": table(rows)}))
    assert found.counts() == {"cat": 4, "dog": 3}
    assert {(skip.name, skip.reason) for skip in found.skipped} == {
        ("gone.jpg", NO_FILE),
        ("7.jpg", NO_LABEL),
        ("extra.jpg", NO_ROW),
    }


def test_a_name_that_two_files_have_is_not_guessed(tree: Tree) -> None:
    files = {f"images_{part}/{n}.jpg": 10 * part + n for part in (1, 2) for n in range(4)}
    rows = {f"images_{part}/{n}.jpg": "cat" if n % 2 else "dog" for part in (1, 2) for n in range(4)}
    exact = seen(tree({**files, "labels.csv": table(rows)}))
    assert exact.counts() == {"cat": 4, "dog": 4} and not exact.skipped
    short = {**dict(list(rows.items())[4:]), "3.jpg": "cat"}
    assert ("3.jpg", SEVERAL) in {
        (skip.name, skip.reason) for skip in seen(tree({**files, "labels.csv": table(short)})).skipped
    }


@pytest.mark.parametrize(
    "folders", [("party", "partridge"), ("database", "spare parts"), ("cats", "dogs"), ("profiles", "imgur")]
)
def test_folders_that_are_classes_outweigh_a_table_about_something_else(
    tree: Tree, folders: tuple[str, str]
) -> None:
    files = pictures(*folders)
    rows = {name: "anna" if at % 2 else "bert" for at, name in enumerate(files)}
    found = seen(tree({**files, "credits.csv": table(rows, "file,photographer")}))
    assert found.counts() == {folders[0]: 6, folders[1]: 6}


@pytest.mark.parametrize("folders", [("images_1", "images_2"), ("part1", "Part 2"), ("train-images", "data")])
def test_folders_that_are_parts_are_no_classes(tree: Tree, folders: tuple[str, str]) -> None:
    files = pictures(*folders)
    rows = {name: "cat" if at % 2 else "dog" for at, name in enumerate(files)}
    assert seen(tree({**files, "labels.csv": table(rows)})).classes == ("cat", "dog")


def test_the_column_of_labels_can_be_named(tree: Tree) -> None:
    rows = {name: f"{label},{'old' if name < '4' else 'new'}" for name, label in SAID.items()}
    root = tree({**FLAT, "labels.csv": table(rows, "file,label,age")})
    assert seen(root).classes == ("cat", "dog")
    assert seen(root, columns=ColumnNames(label="age")).classes == ("new", "old")


def test_a_pile_without_any_class_waits_to_be_sorted(tree: Tree) -> None:
    found = seen(tree({**FLAT, "readme.txt": b"hello"}))
    assert len(found.aside) == 8 and {e.label for e in found.aside} == {""} and not found.examples
    assert [skip.name for skip in found.skipped] == ["readme.txt"]
