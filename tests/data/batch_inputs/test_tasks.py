"""Many inputs for a model: each file and each line is answered or refused with the reason; none is lost."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.data.conftest import jpeg
from tests.fixtures.archives import a_tar, a_zip
from tests.fixtures.spreadsheets import excel_rows, xlsx
from tlcore.config.task import INPUTS, InputKind
from tlcore.data.batch_inputs import images
from tlcore.data.batch_inputs import texts as batch_inputs_texts
from tlcore.data.batch_inputs.chunks import InputChunk, InputLocation
from tlcore.data.batch_inputs.tasks import OPENERS
from tlcore.errors import ArchiveError, DataError

Tree = Callable[..., Path]


def look(
    task: InputKind, source: Path, work: Path, after: int = 0, column: str = "", most: int = 10**6
) -> list[InputChunk]:
    """All chunks, their files read while they are there; at most `most`, then it is asked to stop."""
    work.mkdir(exist_ok=True)
    where = InputLocation(
        source, work, lambda number: work.parent / "thumbs" / f"{number}.jpg", column, after
    )
    chunks: list[InputChunk] = []
    with OPENERS[task](where, lambda: len(chunks) >= most) as inputs:
        for chunk in inputs.chunks:
            assert chunk.refusal or (chunk.file is not None and chunk.file.is_file())
            chunks.append(chunk)
        if len(chunks) < most:
            assert inputs.total == sum(len(chunk.names) for chunk in chunks) + after
    return chunks


def refused(chunks: list[InputChunk]) -> dict[str, str]:
    return {chunk.names[0]: chunk.refusal for chunk in chunks if chunk.refusal}


def test_there_is_one_for_each_kind_of_input() -> None:
    assert OPENERS.keys() == set(INPUTS.values())


@pytest.mark.parametrize("pack", [a_zip, a_tar])
def test_pictures_of_an_archive(tmp_path: Path, pack: Callable[..., Path]) -> None:
    files = [("=cmd.jpg", jpeg(1)), ("a/b.png", jpeg(2, form="PNG")), ("../../up.jpg", jpeg(3))]
    files += [("no.jpg", b"Dear Sir,"), ("cut.jpg", jpeg(4)[:300]), ("empty.png", b""), (".DS_Store", b"x")]
    chunks = look("images", pack(tmp_path / "archive", files), tmp_path / "work")
    names = [name for chunk in chunks for name in chunk.names]
    assert sorted(names) == ["../../up.jpg", "=cmd.jpg", "a/b.png", "cut.jpg", "empty.png", "no.jpg"]
    assert refused(chunks).keys() == {"../../up.jpg", "no.jpg", "cut.jpg", "empty.png"}
    assert all(refused(chunks).values())
    assert not any((tmp_path / "work").iterdir()) and not (tmp_path.parent / "up.jpg").exists()
    for number, chunk in enumerate(chunks):
        small = tmp_path / "thumbs" / f"{number}.jpg"
        assert small.is_file() == (not chunk.refusal)
        if small.is_file():
            assert Image.open(small).format == "JPEG"


def test_the_rest_of_them_after_an_interruption(tmp_path: Path, tree: Tree) -> None:
    root = tree({f"{n}.jpg": n for n in range(9)} | {"x.txt": b"x"})
    os.symlink("/etc/passwd", root / "link.jpg")
    whole = look("images", root, tmp_path / "work")
    assert len(whole) == 11 and refused(whole)["link.jpg"]
    for after in (1, 4, 11):
        assert [p.names for p in look("images", root, tmp_path / "work", after)] == [
            p.names for p in whole[after:]
        ]


def test_a_stop_is_heard(tmp_path: Path, tree: Tree) -> None:
    root = tree({f"{n}.jpg": n for n in range(9)})
    assert len(look("images", root, tmp_path / "work", most=2)) == 2
    lines = tmp_path / "lines.txt"
    lines.write_text("a text\n" * 3 * batch_inputs_texts.CHUNK)
    assert len(look("texts", lines, tmp_path / "work", most=2)) == 2


def test_what_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(ArchiveError):
        look("images", tmp_path / "x.zip", tmp_path / "work")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The texts of all chunks, as a model would find them in their files."""
    texts: list[str] = []
    chunks = batch_inputs_texts._chunks

    def spied(*arguments: object) -> Iterator[InputChunk]:
        for chunk in chunks(*arguments):  # type: ignore[arg-type]
            if chunk.file:
                lines = chunk.file.read_text(encoding="utf-8").split("\n")[:-1]
                texts.extend(json.loads(line)["text"] for line in lines)
            yield chunk

    monkeypatch.setattr(batch_inputs_texts, "_chunks", spied)
    yield texts


@pytest.mark.parametrize("kind", ["csv", "jsonl", "xlsx", "txt", "zip"])
def test_texts_of_every_kind(tmp_path: Path, kind: str, read: list[str]) -> None:
    texts = [f"{what}, number {n}" for n, what in enumerate(["=1+1", "naïve", "שלום", "<b>bold</b>"] * 3)]
    path = tmp_path / f"t.{kind}"
    if kind == "csv":
        path.write_text("said,n\n" + "".join(f'"{text}",{n}\n' for n, text in enumerate(texts)), "utf-8")
    elif kind == "jsonl":
        path.write_text("".join(json.dumps({"said": text}) + "\n" for text in texts), "utf-8")
    elif kind == "xlsx":
        xlsx(path, excel_rows([["said", "n"], *([text, n] for n, text in enumerate(texts))]))
    elif kind == "txt":
        path.write_text("\n\n".join(texts), "utf-8")
    else:
        a_zip(path, [(f"{n:02}.txt", text.encode()) for n, text in enumerate(texts)])
    chunks = look("texts", path, tmp_path / "work", column="said")
    assert read == texts
    assert len([name for chunk in chunks for name in chunk.names]) == len(texts) and not refused(chunks)


def test_rows_without_a_text_are_refused_and_the_rest_goes_on(tmp_path: Path, read: list[str]) -> None:
    path = tmp_path / "t.csv"
    path.write_text("text,label\nfirst one,a\n,b\nsecond one,a\n" + f"third one {'x' * 200_000},b\n")
    whole = look("texts", path, tmp_path / "work")
    assert read == ["first one", "second one"] and len(refused(whole)) == 2
    read.clear()
    rest = look("texts", path, tmp_path / "work", after=3)
    assert read == ["second one"] and [chunk.names for chunk in rest] == [("row 4",)]


@pytest.mark.parametrize("content", [b"", b"\n \n\t\n", jpeg(1)])
def test_a_file_without_texts(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.txt").write_bytes(content)
    with pytest.raises(DataError):
        look("texts", tmp_path / "t.txt", tmp_path / "work")


@settings(max_examples=40)
@given(content=st.binary(min_size=1, max_size=400))
def test_wild_lines_are_answered_or_refused(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("wild")
    (folder / "t.txt").write_bytes(content)
    try:
        chunks = look("texts", folder / "t.txt", folder / "work")
    except DataError:
        return
    assert all(name.startswith("line ") for chunk in chunks for name in chunk.names)


def test_a_picture_that_kills_its_decoder_costs_itself_alone(
    tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.data.images.test_sandbox import act

    monkeypatch.setattr(images, "WORK", act)
    root = tree({"a.jpg": b"refuse", "b.jpg": b"crash", "c.jpg": b"refuse"})
    assert [chunk.names for chunk in look("images", root, tmp_path / "work")] == [
        ("a.jpg",),
        ("b.jpg",),
        ("c.jpg",),
    ]
