from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.data.conftest import jpeg
from tests.data.importing.conftest import Files, Tree, check_stored
from tests.fixtures.archives import a_zip
from tests.fixtures.board import undrawn
from tlcore.data import text_store
from tlcore.data.dataset import Dataset
from tlcore.data.importing import additions
from tlcore.data.importing.additions import add, sweep
from tlcore.data.importing.importer import import_data, near_copies
from tlcore.data.importing.progress import ImportStopped
from tlcore.data.manifest import Manifest
from tlcore.data.versions import versions
from tlcore.data.versions.edits import ChangeTask, Exclude, Relabel
from tlcore.data.versions.example_states import states
from tlcore.errors import DataError


@pytest.fixture
def texts(tmp_path: Path) -> Dataset:
    rows = [f"text number {word},{label}" for label in "ab" for word in ("one", "two", "three", label)]
    (tmp_path / "first.csv").write_text("\n".join(["text,label", *rows]))
    import_data(tmp_path / "first.csv", tmp_path / "texts", name="texts")
    return Dataset(tmp_path / "texts")


def sha(seed: int) -> str:
    return hashlib.sha256(jpeg(seed)).hexdigest()


def dates(dataset: Dataset) -> dict[Path, int]:
    """When each file of the data set was last written; locks left out."""
    files = [path for path in dataset.folder.rglob("*") if path.is_file() and path.name != ".lock"]
    return {path: path.stat().st_mtime_ns for path in files}


def counts_then(manifest: Manifest) -> tuple[int, dict[str, int], int]:
    return manifest.version, manifest.counts(), len(manifest.aside)


def test_folders_of_classes(pets: Dataset, tree: Tree) -> None:
    before = pets.read()
    source = tree({"cat/new.jpg": 50, "fox/a.jpg": 51, "fox/b.jpg": 52, "fox/bad.jpg": b"no"}, "more")
    made = add(source, pets, shrunk_to=512)
    assert counts_then(made) == (2, {"cat": 5, "dog": 4, "fox": 2}, 0)
    assert made == pets.read() and pets.read(1) == before
    assert states(before).items() <= states(made).items()
    assert made.change == "2 pictures added to “fox”, one picture added to “cat”"
    assert "“fox” has 2 pictures" in made.problem and made.shrunk_to == 512
    assert [skip.name for skip in made.skipped] == ["fox/bad.jpg"]
    check_stored(pets)


def test_one_class_for_all_and_none_yet(pets: Dataset, tree: Tree) -> None:
    made = add(tree({"x/1.jpg": 60, "2.jpg": 61}, "some"), pets, label="cat")
    assert counts_then(made) == (2, {"cat": 6, "dog": 4}, 0)
    made = add(tree({"x/3.jpg": 62, "4.jpg": 63}, "others"), pets, label="")
    assert counts_then(made) == (3, {"cat": 6, "dog": 4}, 2)
    assert made.change == "2 pictures added without a class"
    keys = tuple(example.key for example in made.aside)
    assert counts_then(versions.change(pets, Relabel(keys, "fox"))) == (4, {"cat": 6, "dog": 4, "fox": 2}, 0)
    pile = add(a_zip(tree({}).parent / "pile.zip", [("5.jpg", jpeg(64))]), pets)
    assert counts_then(pile) == (5, {"cat": 6, "dog": 4, "fox": 2}, 1)
    check_stored(pets)


def test_a_name_that_is_taken_gets_the_sources_name_in_front(pets: Dataset, tree: Tree) -> None:
    add(tree({"cat/0.jpg": 70}, "again"), pets)
    made = add(tree({"cat/0.jpg": 71}, "upload-12"), pets, source_name="again.zip")
    names = {example.name: example.sha256 for example in made.examples}
    assert {"cat/0.jpg": sha(0), "again/cat/0.jpg": sha(70), "again (2)/cat/0.jpg": sha(71)}.items() <= (
        names.items()
    )
    assert len(names) == len(made.examples) == 10
    check_stored(pets)


def test_what_is_there_already_is_skipped_even_where_it_lies_aside(pets: Dataset, tree: Tree) -> None:
    before = pets.read()
    versions.change(pets, Exclude((before.examples[0].key,)))
    made = add(tree({"cat/0.jpg": 0, "cat/1.jpg": 1, "cat/new.jpg": 80, "cat/copy.jpg": 1}, "more"), pets)
    assert {(skip.name, skip.reason) for skip in made.skipped} == {
        ("cat/0.jpg", additions.ALREADY_THERE),
        ("cat/1.jpg", additions.ALREADY_THERE),
    }
    assert counts_then(made) == (3, {"cat": 5, "dog": 4}, 1)  # the same bytes under another name count
    check_stored(pets)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"cat/0.jpg": 0, "dog/0.jpg": 10}, "nothing new"),
        ({"cat/bad.jpg": b"no"}, "no readable pictures"),
        ({}, "no readable pictures"),
        ({"a.txt": b"a text", "b.txt": b"another"}, "no readable pictures"),
    ],
)
def test_nothing_new_leaves_all_as_it_is(files: Files, words: str, pets: Dataset, tree: Tree) -> None:
    before = dates(pets)
    with pytest.raises(DataError, match=words):
        add(tree(files, "more"), pets)
    assert pets.latest == 1 and dates(pets) == before
    check_stored(pets)


def test_another_task_is_refused(pets: Dataset, texts: Dataset, tmp_path: Path, tree: Tree) -> None:
    with pytest.raises(DataError, match="These are texts, and the data set holds pictures"):
        add(tmp_path / "first.csv", pets)
    with pytest.raises(DataError, match="These are pictures, and the data set holds texts"):
        add(tree({"cat/0.jpg": 1}, "more"), texts)
    assert pets.latest == texts.latest == 1


def test_plain_pictures_are_added_to_be_drawn_on(tmp_path: Path, tree: Tree) -> None:
    dataset = undrawn(tmp_path / "drawn")
    made = add(tree({"cat/a.jpg": 1, "b.jpg": 2}, "more"), dataset)
    assert [(e.name, e.label) for e in made.aside if e.name.endswith("jpg")] == [
        ("b.jpg", ""),
        ("cat/a.jpg", ""),
    ]
    assert made.classes == ("cat",) and len(made.examples) == 1 and made.task == "detection"


def test_texts(texts: Dataset, tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text("text,label\na new one,a\nanother,c\ntext number one,a\n")
    made = add(tmp_path / "more.csv", texts)
    assert made.counts() == {"a": 6, "b": 4, "c": 1} and made.version == 2
    assert len({example.name for example in made.examples}) == 11
    kept = text_store.read_texts(texts.folder)
    assert {kept[e.sha256] for e in made.examples if e.label == "c"} == {"another"}
    assert {example.sha256 for example in made.examples} == set(kept)
    with pytest.raises(DataError, match="nothing new"):
        add(tmp_path / "first.csv", texts)


def test_stopping_leaves_the_old_version_and_nothing_else(pets: Dataset, tree: Tree) -> None:
    seen: list[object] = []
    source = tree({f"cat/new{n}.jpg": 90 + n for n in range(6)}, "more")
    with pytest.raises(ImportStopped):
        add(source, pets, on_progress=seen.append, should_stop=lambda: len(seen) == 3)
    assert pets.latest == 1
    check_stored(pets)


def test_an_undone_addition_keeps_its_pictures_for_the_redo(pets: Dataset, tree: Tree) -> None:
    add(tree({"fox/a.jpg": 51}, "more"), pets)
    versions.undo(pets, 2)
    sweep(pets)
    made = versions.undo(pets, 3)
    assert made.counts() == {"cat": 4, "dog": 4, "fox": 1}
    check_stored(pets)


def test_sweeping_takes_what_no_version_speaks_of(pets: Dataset) -> None:
    name = sha(99)
    left = [pets.file(name), pets.thumbnail(name), pets.file(name).with_name(f".{name}.123.part")]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    sweep(pets)
    assert not any(path.exists() for path in left)
    check_stored(pets)


def test_nothing_is_swept_while_a_version_cannot_be_read(pets: Dataset) -> None:
    versions.change(pets, Exclude((pets.read().examples[0].key,)))
    pets.manifest(1).write_bytes(b"damaged")
    left = pets.file(sha(99))
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(b"half")
    with pytest.raises(DataError, match="Version 1"):
        sweep(pets)
    assert left.exists()


def test_two_additions_and_an_edit_at_once(pets: Dataset, tree: Tree) -> None:
    """The additions take turns, and the edit is made in the middle of one: all three are there."""
    sources = [tree({f"fox/{n}.jpg": 200 + 10 * k + n for n in range(3)}, f"more{k}") for k in range(2)]
    key = pets.read().examples[0].key
    edited: list[Manifest] = []

    def edit_once(_: object) -> None:
        if not edited:
            edited.append(versions.change(pets, Relabel((key,), "dog")))

    threads = [threading.Thread(target=add, args=(sources[0], pets), kwargs={"on_progress": edit_once})]
    threads.append(threading.Thread(target=add, args=(sources[1], pets)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts_then(pets.read()) == (4, {"cat": 3, "dog": 5, "fox": 6}, 0)
    check_stored(pets)


def copies(tmp_path: Path, quality: int, name: str, numbers: range) -> Path:
    """Photos of soft patches, each number another one, encoded at this quality, in a class each of two."""
    root = tmp_path / name
    for label, first in (("cat", 0), ("dog", 100)):
        (root / label).mkdir(parents=True)
        for n in numbers:
            pixels = np.random.default_rng(first + n).integers(0, 255, (6, 6, 3), np.uint8)
            soft = Image.fromarray(pixels).resize((150, 120), Image.Resampling.BICUBIC)
            soft.save(root / label / f"{name}{n}.jpg", quality=quality)
    return root


def test_look_alikes_are_known_however_often_things_are_undone(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path / "set")
    import_data(copies(tmp_path, 92, "first", range(5)), dataset.folder, name="x")
    assert dataset.read().alike == ()
    groups = add(copies(tmp_path, 60, "again", range(5)), dataset).alike
    assert len(groups) == 10
    versions.undo(dataset, 2)
    assert add(copies(tmp_path, 92, "more", range(20, 21)), dataset).alike == groups
    back = versions.undo(dataset, 3)
    assert len(back.examples) == 22 and back.alike == groups


def test_half_written_texts_are_swept_and_nobody_elses_files(texts: Dataset) -> None:
    left, another = texts.folder / f".{text_store.FILE}.123.part", texts.folder / ".status.json.9.part"
    left.touch()
    another.touch()
    sweep(texts)
    assert not left.exists() and another.exists()


def test_pictures_with_classes_do_not_join_those_that_are_for_boxes_by_now(
    tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change_meanwhile(*arguments: Any) -> Any:
        versions.change(pile, ChangeTask("detection"))
        return near_copies(*arguments)

    pile = undrawn(tmp_path / "pile", "images", drawn=False)
    monkeypatch.setattr(additions, "near_copies", change_meanwhile)
    with pytest.raises(DataError, match="became a data set whose pictures have boxes"):
        add(tree({"cat/3.jpg": 3}, "cats"), pile)
    assert pile.latest == 2
