from __future__ import annotations

import copy
import gzip
import io
import os
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.archives import FILES, a_tar, a_zip
from tlcore.data.files import archives
from tlcore.data.files import source as files_source
from tlcore.data.files.open_source import open_source
from tlcore.data.files.source import FileSource
from tlcore.data.images import decode
from tlcore.errors import ArchiveError, DataError, PictureError

Tree = Callable[..., Path]


def contents(source: FileSource) -> dict[str, bytes]:
    return {entry.name: entry.read() for entry in source.entries}


@pytest.mark.parametrize("kind", ["folder", "zip", "tar", "tar.gz"])
def test_every_kind_is_known_by_its_content(kind: str, tmp_path: Path, tree: Tree) -> None:
    path = tmp_path / "data.bin"
    if kind == "folder":
        path = tree(dict(FILES))
    elif kind == "zip":
        a_zip(path, list(FILES))
    else:
        a_tar(path, FILES, "w:gz" if kind == "tar.gz" else "w")
    with open_source(path) as source:
        assert contents(source) == dict(FILES)
        assert contents(source) == dict(FILES)  # a second pass as well
        assert source.total_bytes == 15_003


def test_folder_links_are_not_followed(tree: Tree, tmp_path: Path) -> None:
    root = tree({"cats/a.jpg": b"one"})
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (root / "cats" / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (root / "loop").symlink_to(root)
    if hasattr(os, "mkfifo"):
        os.mkfifo(root / "cats" / "pipe.jpg")
    with open_source(root) as source:
        assert [entry.name for entry in source.entries] == ["cats/a.jpg"]
        assert {skip.name for skip in source.skipped} >= {"cats/link.jpg", "loop"}


def test_system_files_are_ignored_but_counted(tree: Tree) -> None:
    junk = {
        "__MACOSX/x": b"",
        "cats/.DS_Store": b"",
        "cats/Thumbs.db": b"",
        "desktop.ini": b"",
        "cats/._a.jpg": b"",
    }
    with open_source(tree({**junk, "cats/a.jpg": b"one"})) as source:
        assert (len(source.entries), source.ignored, source.skipped) == (1, 5, [])


def test_hostile_zip_names_and_links(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("cats/link.jpg")
    link.external_attr = 0o120777 << 16
    device = zipfile.ZipInfo("cats/device.jpg")
    device.external_attr = 0o020666 << 16
    names = [
        "../../evil.jpg",
        "/abs/a.jpg",
        "cats\\b.jpg",
        "C:\\cats\\c.jpg",
        "cats/\u202egpj.jpg",
        "n" * 200 + ".jpg",
    ]
    with pytest.warns(UserWarning, match="Duplicate"):
        a_zip(
            tmp_path / "a.zip",
            [*((name, b"x") for name in [*names, "cats/b.jpg"]), (link, b"/etc"), (device, b"")],
        )
        with zipfile.ZipFile(tmp_path / "a.zip", "a") as archive:
            archive.writestr("cats\\b.jpg", b"again")
    with open_source(tmp_path / "a.zip") as source:
        assert sorted(contents(source)) == sorted(
            ["abs/a.jpg", "cats/b.jpg", "cats/c.jpg", "cats/gpj.jpg", "n" * 200 + ".jpg"]
        )
        assert sorted(skip.name for skip in source.skipped) == sorted(
            ["../../evil.jpg", "cats/b.jpg", "cats/b.jpg", "cats/link.jpg", "cats/device.jpg"]
        )
    assert sorted(os.listdir(tmp_path)) == ["a.zip"]


def test_hostile_tar_members(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for name, kind in [
            ("cats/sym.jpg", tarfile.SYMTYPE),
            ("cats/hard.jpg", tarfile.LNKTYPE),
            ("cats/device", tarfile.CHRTYPE),
            ("cats/pipe", tarfile.FIFOTYPE),
        ]:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        for name in ("../evil.jpg", "/abs/a.jpg", "cats/ok.jpg", "cats/ok.jpg"):
            info = tarfile.TarInfo(name)
            info.size = 3
            archive.addfile(info, io.BytesIO(b"abc"))
    with open_source(tmp_path / "a.tar") as source:
        assert contents(source) == {"abs/a.jpg": b"abc", "cats/ok.jpg": b"abc"}
        assert len(source.skipped) == 6


def test_names_in_other_encodings(tmp_path: Path) -> None:
    path = a_zip(tmp_path / "a.zip", [("caf__/a.jpg", b"x")])
    path.write_bytes(path.read_bytes().replace(b"caf__", "café".encode()))  # UTF-8 without its flag
    with open_source(path) as source:
        assert source.entries[0].name == "café/a.jpg"
        assert source.entries[0].read() == b"x"
    path = a_zip(tmp_path / "b.zip", [("caf_/a.jpg", b"x")])
    path.write_bytes(path.read_bytes().replace(b"caf_", "café".encode("cp437")))
    with open_source(path) as source:
        assert contents(source) == {"café/a.jpg": b"x"}
    path = a_zip(tmp_path / "c.zip", [("cafäé/a.jpg", b"x")])
    path.write_bytes(path.read_bytes().replace("äé".encode(), b"\xff\xfe\xff\xfe"))
    with pytest.raises(ArchiveError, match="not valid text"):
        open_source(path)
    path = a_tar(tmp_path / "d.tar", [("caf\udcff/a.jpg", b"x")])
    with open_source(path) as source:
        assert contents(source) == {"caf\ufffd/a.jpg": b"x"}


def test_encrypted(tmp_path: Path) -> None:
    path = a_zip(tmp_path / "a.zip", [("cats/a.jpg", b"x")])
    content = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + at] |= 1
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match="password"):
        open_source(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("cats/b.jpg", b"y")
    with open_source(path) as source:
        assert contents(source) == {"cats/b.jpg": b"y"}
        assert "password" in source.skipped[0].reason


@pytest.mark.parametrize("cut", [10, 60, 200])
@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
def test_cut_short(kind: str, cut: int, tmp_path: Path) -> None:
    files = [(f"cats/{n}.jpg", os.urandom(700)) for n in range(3)]
    path = a_zip(tmp_path / "a", list(files)) if kind == "zip" else None
    path = path or a_tar(tmp_path / "a", files, "w:gz" if kind == "tar.gz" else "w")
    content = path.read_bytes()
    path.write_bytes(
        content[: 512 + 600] if kind == "tar" else content[: -10 * cut if kind == "tar.gz" else -cut]
    )
    with pytest.raises(ArchiveError, match="cut short"):
        open_source(path)


def test_damaged_entry_costs_only_itself(tmp_path: Path) -> None:
    path = a_zip(tmp_path / "a.zip", [("a.jpg", b"good"), ("b.jpg", b"spoilt")], zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"spoilt", b"SPOILT"))
    with open_source(path) as source:
        assert source.entries[0].read() == b"good"
        with pytest.raises(PictureError, match="damaged"):
            source.entries[1].read()


def test_damaged_tar_header_is_not_a_silent_end(tmp_path: Path) -> None:
    path = a_tar(tmp_path / "a.tar", [(f"cats/{n}.jpg", b"x") for n in range(3)])
    content = bytearray(path.read_bytes())
    content[1024:1100] = b"#" * 76
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match="broken"):
        open_source(path)


def test_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "SMALL", 1_000_000)
    zeros = [(f"cats/{n}.jpg", bytes(400_000)) for n in range(10)]
    with pytest.raises(ArchiveError, match="unpack"):
        open_source(a_zip(tmp_path / "a.zip", list(zeros)))
    with pytest.raises(ArchiveError, match="unpack"):
        open_source(a_tar(tmp_path / "a.tgz", zeros, "w:gz"))


def test_a_lying_size_is_not_believed(tmp_path: Path) -> None:
    path = a_zip(tmp_path / "a.zip", [("cats/a.jpg", bytes(50_000))])
    content = path.read_bytes()
    path.write_bytes(content.replace(struct.pack("<I", 50_000), struct.pack("<I", 100)))
    with open_source(path) as source, pytest.raises(PictureError):
        source.entries[0].read()


def test_a_huge_tar_header_is_refused(tmp_path: Path) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 5_000_000_000
    (tmp_path / "a.tgz").write_bytes(gzip.compress(info.tobuf() + bytes(2048)))
    with pytest.raises(ArchiveError):
        open_source(tmp_path / "a.tgz")


def test_limits(tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "MAX_BYTES", 1000)
    with open_source(a_zip(tmp_path / "a.zip", list(FILES))) as source:
        assert "limit" in source.skipped[0].reason and len(source.entries) == 1
    monkeypatch.setattr(files_source, "MAX_FILES", 1)
    with pytest.raises(ArchiveError, match="files"):
        open_source(tmp_path / "a.zip")
    with pytest.raises(DataError, match="files"):
        open_source(tree(dict(FILES)))
    monkeypatch.setattr(archives, "MAX_DIRECTORY", 10)
    with pytest.raises(ArchiveError, match="files"):
        open_source(tmp_path / "a.zip")


def test_more_than_65535_files(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("cats/first.jpg", b"x")
        for n in range(65_599):  # names of the same bytes: only the table of contents is long
            archive.filelist.append(copy.copy(archive.filelist[0]))
            archive.filelist[-1].filename = f"cats/{n}.jpg"
    with open_source(tmp_path / "a.zip") as source:
        assert len(source.entries) == 65_600


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\xff\xd8\xff", b"PK", b"\x1f\x8b", gzip.compress(b"no tar", mtime=0)]
)
def test_not_an_archive(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(ArchiveError):
        open_source(tmp_path / "a.zip")


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        open_source(tmp_path / "none")


def test_a_backslash_is_part_of_a_name_where_it_may_be(tmp_path: Path, tree: Tree) -> None:
    names = ["a\\b/1.jpg", "a/2.jpg", "C:/3.jpg"]
    with open_source(tree(dict.fromkeys(names, b"x"))) as source:
        assert sorted(contents(source)) == sorted(names)
    on_unix = zipfile.ZipInfo("a\\b/1.jpg")
    on_windows = zipfile.ZipInfo("a\\b\\1.jpg")
    mixed = zipfile.ZipInfo("c\\d/1.jpg")
    on_unix.create_system, on_windows.create_system, mixed.create_system = 3, 0, 0
    with open_source(
        a_zip(tmp_path / "z", [(info, b"x") for info in (on_unix, on_windows, mixed)])
    ) as source:
        assert sorted(contents(source)) == ["a/b/1.jpg", "a\\b/1.jpg", "c/d/1.jpg"]
    with open_source(a_tar(tmp_path / "t", [("a\\b/1.jpg", b"x"), ("a\\b\\1.jpg", b"x")])) as source:
        assert sorted(contents(source)) == ["a/b/1.jpg", "a\\b/1.jpg"]
