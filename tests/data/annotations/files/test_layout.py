from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.annotated import source
from tlcore.data.annotations.files.layout import Layout, sample, spread

SEVERAL, NONE = "Several pictures are called so.", "There is no such picture."


def layout(*names: str) -> Layout:
    return Layout(source(dict.fromkeys(names, b"x")).entries)


@pytest.mark.parametrize(
    ("said", "file", "names", "wanted"),
    [
        ("a.png", "x.json", ["pics/a.png"], "pics/a.png"),
        ("a", "x.json", ["pics/a.png"], "pics/a.png"),
        ("A.JPG", "x.json", ["pics/a.png"], "pics/a.png"),  # converted since
        (r"C:\Users\me\A.png", "x.json", ["pics/a.png"], "pics/a.png"),
        ("../../etc/a.png", "x.json", ["pics/a.png"], "pics/a.png"),
        ("/etc/passwd", "x.json", ["pics/a.png"], NONE),
        ("..", "x.json", ["pics/a.png"], NONE),
        ("", "labels/a.txt", ["pics/a.png"], "pics/a.png"),
        ("", "labels/b.txt", ["pics/a.png"], NONE),
        ("a.png", "x.json", ["one/a.png", "two/a.png"], SEVERAL),
        ("two/a.png", "x.json", ["one/a.png", "two/a.png"], "two/a.png"),
        (r"deep\two\a.png", "x.json", ["one/a.png", "two/a.png"], "two/a.png"),
        ("a.png", "two/x.json", ["one/a.png", "two/a.png"], "two/a.png"),
        ("a.png", "x.json", ["a.png", "two/a.png"], "a.png"),
        ("a.png", "old/x.json", ["a.png", "two/a.png"], "a.png"),
        ("", "labels/train/a.txt", ["images/train/a.png", "images/val/a.png"], "images/train/a.png"),
        ("", "val/labels/a.txt", ["train/images/a.png", "val/images/a.png"], "val/images/a.png"),
        (
            "a.png",
            "annotations/instances_val2017.json",
            ["train2017/a.png", "val2017/a.png"],
            "val2017/a.png",
        ),
        ("a.png", "annotations/valid.json", ["train/a.png", "Validation/a.png"], "Validation/a.png"),
        ("a", "x.json", ["a.png", "a.jpg"], SEVERAL),
        ("a.bmp", "x.json", ["a.bmp.jpg", "b.png"], "a.bmp.jpg"),
        ("", "a.txt", ["a.bmp.jpg", "b.png"], "a.bmp.jpg"),
        ("", "a.jpg.txt", ["a.jpg", "a.jpg.v2.png"], "a.jpg"),
        ("", "a.txt", ["a.v2.png"], NONE),
        ("a.jpg", "x.json", ["a.png", "a.jpg"], "a.jpg"),
        ("a.png", "x.json", [f"{n}/a.png" for n in range(60)], SEVERAL),
        ("7/a.png", "x.json", [f"{n}/a.png" for n in range(60)], "7/a.png"),
    ],
)
def test_the_picture_that_is_meant(said: str, file: str, names: list[str], wanted: str) -> None:
    found = layout(*names)
    if wanted in (SEVERAL, NONE):
        with pytest.raises(LookupError) as raised:
            found.find(said, file)
        assert str(raised.value) == wanted
    else:
        assert found.find(said, file) == wanted


@given(st.text(max_size=50), st.text(st.characters(exclude_characters="/"), min_size=1, max_size=20))
def test_any_name_finds_a_picture_that_is_there_or_none(said: str, file: str) -> None:
    found = layout("one/a.png", "two/b.png")
    try:
        assert found.find(said, file) in ("one/a.png", "two/b.png")
    except LookupError as error:
        assert str(error) in (NONE, SEVERAL)


@pytest.mark.parametrize(
    ("name", "has"), [("x/A.txt", True), ("a.png.txt", True), ("b.txt", False), (".txt", False)]
)
def test_files_called_like_pictures(name: str, has: bool) -> None:
    assert layout("pics/a.png").has(name) is has


def test_what_may_be_a_picture() -> None:
    found = Layout(source(dict.fromkeys(["a.PNG", "b.heic", "c.txt", "m.png", "d"], b"x")).entries, {"m.png"})
    assert [entry.name for entry in found.pictures] == ["a.PNG", "b.heic"]
    assert [entry.name for entry in found.of_kind(".txt", ".png")] == ["c.txt", "a.PNG", "m.png"]


def test_samples_are_small_and_from_everywhere() -> None:
    entries = source(
        dict.fromkeys([f"{folder}/{n}.xml" for folder in range(30) for n in range(50)], b"x")
    ).entries
    some = sample(entries)
    assert len(some) <= 100 and len({entry.name.split("/")[0] for entry in some}) == 30
    assert spread(entries, 2_000) == entries and len(spread(entries, 7)) <= 7
