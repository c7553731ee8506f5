"""Hostile and broken files that hold a run: each is refused in a sentence, and nothing is written by it."""

from __future__ import annotations

import stat
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.bundles import FILES, a_bundle, add, table_of
from tlcore.errors import ArchiveError, GraftError
from tlcore.export.hand_on import bundle, unpack
from tlcore.export.hand_on.unpack import OpeningStopped


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "workspace"))


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        item.relative_to(folder).as_posix(): item.read_bytes() for item in folder.rglob("*") if item.is_file()
    }


def test_a_sound_file_is_unpacked(tmp_path: Path) -> None:
    thumbnail = f"data/thumbs/ab/{'ab' * 32}.jpg"
    files = FILES | {thumbnail: b"small", "earlier/1/config.json": b"{}", "notes.json": b""}
    folder = tmp_path / "run"
    folder.mkdir()
    said: list[tuple[int, int]] = []
    about = unpack.unpack(
        a_bundle(tmp_path / "a.graft", files), folder, lambda done, total: said.append((done, total))
    )
    assert files_in(folder) == files and about.name == "a run"
    total = sum(map(len, files.values()))
    assert said[-1] == (total, total)


def link(path: Path) -> Path:
    info = zipfile.ZipInfo("notes.json")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return add(a_bundle(path, FILES), info, b"/etc/passwd")


def twice(path: Path) -> Path:
    with warnings.catch_warnings(action="ignore"):
        return add(a_bundle(path), "config.json", b"another")


def cut_short(path: Path) -> Path:
    content = a_bundle(path).read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


def cut_behind(path: Path) -> Path:
    """What is left ends with the model, whose own table is found in place of the missing one."""
    with zipfile.ZipFile(path, "w") as model:
        model.writestr("config.json", "{}")
    content = a_bundle(path, FILES | {"model.keras": path.read_bytes()}).read_bytes()
    path.write_bytes(content[: content.index(b"PK\x05\x06") + 22])
    return path


def with_password(path: Path) -> Path:
    """The mark of an entry that needs one, in both of its headers."""
    content = bytearray(a_bundle(path).read_bytes())
    for start, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(start) + flags] |= 1
    path.write_bytes(content)
    return path


def damaged(path: Path) -> Path:
    content = bytearray(a_bundle(path).read_bytes())
    content[content.index(b"labels.json" * 2) + 11] ^= 1  # the content, behind the name
    path.write_bytes(content)
    return path


def plain(content: bytes) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return make


def sizes(count: int) -> dict[str, object]:
    return {name: {"sha256": "0" * 64, "bytes": count} for name in FILES}


HOSTILE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "empty": (plain(b""), "no file that holds a run"),
    "text": (plain(b"no ZIP" * 100), "no file that holds a run"),
    "cut": (cut_short, "cut short"),
    "cut behind a ZIP within": (cut_behind, "cut short"),
    "other zip": (lambda path: add(path, "cat.jpg"), "no file that holds a run"),
    "climbs out": (lambda path: add(a_bundle(path), "../evil.json"), "A run has no such file"),
    "absolute": (lambda path: add(a_bundle(path), "/etc/evil"), "A run has no such file"),
    "backslash": (lambda path: add(a_bundle(path), "data\\..\\..\\evil"), "A run has no such file"),
    "folder": (lambda path: add(a_bundle(path), "data/", b""), "A run has no such file"),
    "program": (lambda path: add(a_bundle(path), "sitecustomize.py"), "A run has no such file"),
    "deep": (lambda path: add(a_bundle(path), "earlier/21/config.json"), "A run has no such file"),
    "link": (link, "It is a link"),
    "two names": (twice, "Two entries have one name"),
    "by case": (lambda path: add(a_bundle(path), "Config.JSON"), "Two entries have one name"),
    "not in the table": (lambda path: add(a_bundle(path), "notes.json"), "Its table names other files"),
    "not there": (lambda path: a_bundle(path, FILES, table_of(FILES | {"notes.json": b""})), "other files"),
    "sizes": (lambda path: a_bundle(path, FILES, table_of(FILES, entries=sizes(3))), "other sizes"),
    "hash": (
        lambda path: a_bundle(path, FILES, table_of({name: name.upper().encode() for name in FILES})),
        "not the one that was packed",
    ),
    "no table": (lambda path: a_bundle(path, FILES, b"[" * 1_500), "no file that holds a run"),
    "odd table": (
        lambda path: a_bundle(path, FILES, table_of(FILES, entries=[])),
        "no file that holds a run",
    ),
    "newer": (lambda path: a_bundle(path, FILES, table_of(FILES, format=2)), "newer version of Graft"),
    "incomplete": (
        lambda path: a_bundle(path, {"config.json": b"{}"}),
        "model.keras is missing",
    ),
    "method": (
        lambda path: add(a_bundle(path), "notes.json", b"x", zipfile.ZIP_BZIP2),
        "compressed in",
    ),
    "password": (with_password, "protected by a password"),
    "damaged": (damaged, "damaged"),
    "large table": (
        lambda path: a_bundle(path, FILES, table_of(FILES, made_by="x" * 3_000)),
        "It is too large",
    ),
    "large entry": (lambda path: a_bundle(path, FILES | {"notes.json": b"x" * 20_000}), "may have 10 kB"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, sentence = HOSTILE[name]
    monkeypatch.setattr(bundle, "MOST_TABLE", 2_000)
    folder = tmp_path / "within" / "run"
    folder.mkdir(parents=True)
    file = make(tmp_path / "hostile.graft")
    with pytest.raises(ArchiveError, match=sentence):
        unpack.unpack(file, folder)
    assert set(files_in(folder)) <= set(FILES)  # never a whole run, never another name
    assert {item.name for item in tmp_path.iterdir()} <= {"within", file.name, "workspace"}


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "SMALL", 1_000)
    path = a_bundle(tmp_path / "bomb.graft")
    add(path, "report.json.zip", bytes(1_000_000), zipfile.ZIP_DEFLATED)
    monkeypatch.setattr(bundle, "LIMITS", bundle.LIMITS | {"report.json.zip": 10**9})
    with pytest.raises(ArchiveError, match="far more than a run has"):
        unpack.unpack(path, tmp_path)
    assert [item.name for item in tmp_path.iterdir()] == ["bomb.graft"]


def test_one_that_is_stopped_ends_at_once(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with pytest.raises(OpeningStopped):
        unpack.unpack(a_bundle(tmp_path / "a.graft"), tmp_path / "run", stopping=lambda: True)
    assert len(files_in(tmp_path / "run")) == 1


CHANGE = st.tuples(st.integers(0, 10**6), st.integers(1, 255))  # a place, and the bits that flip there


@settings(max_examples=60)
@given(st.lists(CHANGE, min_size=1, max_size=4), st.integers(0, 99))
def test_no_change_of_a_file_gets_through(changes: list[tuple[int, int]], cut: int) -> None:
    """Whatever bytes change: what comes out is what was packed, or a sentence."""
    with tempfile.TemporaryDirectory() as home:
        path, folder = a_bundle(Path(home) / "a.graft"), Path(home) / "run"
        folder.mkdir()
        content = bytearray(path.read_bytes())
        for place, flip in changes:
            content[place % len(content)] ^= flip
        path.write_bytes(content[: len(content) - (cut if cut < 20 else 0)])
        try:
            unpack.unpack(path, folder)
        except GraftError as error:
            assert len(str(error)) < 500
        else:
            assert files_in(folder) == FILES


@given(st.text(min_size=1))
def test_only_names_of_the_list_are_known(name: str) -> None:
    assert bundle.most_bytes(name) is None or name in bundle.LIMITS
