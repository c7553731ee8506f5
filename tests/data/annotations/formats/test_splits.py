from __future__ import annotations

import pytest

from tests.fixtures.annotated import picture, source, voc
from tlcore.data.annotations.files.layout import Layout
from tlcore.data.annotations.formats import reader
from tlcore.data.annotations.formats.splits import find_splits, split_of


@pytest.mark.parametrize(
    ("name", "file", "split"),
    [
        ("train/images/a.png", "", "train"),
        ("images/Valid/a.png", "train/x.json", "validation"),
        ("images/a.png", "test/x.json", "test"),
        ("images/a.png", "instances_val2017.json", "validation"),
        ("images/a.png", "training.json", "train"),
        ("train.png", "attest.json", None),
        ("images/test 1.png", "labels/test 1.txt", None),
    ],
)
def test_splits(name: str, file: str, split: str | None) -> None:
    assert split_of(name, file) == split


def test_lists_of_names_go_before_folders() -> None:
    files = {f"VOC/JPEGImages/{name}.jpg": picture() for name in ("a", "b", "c", "d")}
    files |= {f"VOC/Annotations/{name}.xml": voc([("cat", (1, 1, 5, 5))]).encode() for name in ("a", "b")}
    lists = {"train": "a\nb\n", "val": "c.jpg \r\n../x\n\n", "trainval": "a\nb\nc\n", "cat_test": "d\n"}
    files |= {f"VOC/ImageSets/Main/{name}.txt": text.encode() for name, text in lists.items()}
    with source(files) as opened:
        told = reader.read(opened)
        left = [entry.name for entry in opened.entries if entry.name.endswith(".txt")]
    assert {name[-5]: split for name, split in told.splits.items()} == {
        "a": "train",
        "b": "train",
        "c": "validation",
    }
    assert [name.rpartition("/")[2] for name in left] == ["trainval.txt", "cat_test.txt"]


def test_without_a_part_for_training_there_are_no_splits() -> None:
    layout = Layout(source({"test/a.png": b"x", "val.txt": "b", "b.png": b"x"}).entries)
    assert find_splits(layout, {}) == ({}, set())
