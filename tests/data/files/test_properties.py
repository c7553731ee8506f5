"""Whatever names and damage an archive has: every entry is accounted for, and nothing else is raised."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import unicodedata
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.fixtures.archives import FILES, a_tar, a_zip
from tlcore.data.files.open_source import open_source
from tlcore.data.files.source import FileSource
from tlcore.data.importing.folder_labels import assign_from_folders
from tlcore.data.names import LONGEST
from tlcore.errors import ArchiveError, PictureError

ANY = st.characters(exclude_categories=["Cs"])  # as the codec UTF-8, whose characters would be listed first
NAME = st.text(st.one_of(ANY, st.sampled_from("./\\:")), min_size=1, max_size=60)
# What attackers, other systems and careless people call files and folders.
PART = st.one_of(
    st.sampled_from(["..", ".", "", " ", ".. ", "..\u200b", "...", "~", "C:", "c:", "\\\\host", "?", "cat"]),
    st.sampled_from(
        ["CON", "nul.jpg", "COM1", "aux.", "a.jpg ", "A.JPG", "a.jpg", "-rf", "*", "$(id)", "%00"]
    ),
    st.sampled_from(
        ["<script>alert(1)<", "a\nb", "\x1b[31m", "\u202egpj.exe", "\u2066x", "\ufeff", "e\u0301"]
    ),
    st.sampled_from(["x" * 201, "y" * 999, "ü" * 130, ".DS_Store", "__MACOSX", "._a.jpg", "Thumbs.db"]),
    st.text(max_size=8),
)
PATH = st.builds(
    lambda front, parts, joint: front + joint.join(parts),
    st.sampled_from(["", "", "/", "//", "\\", "C:\\", "./", "../"]),
    st.lists(PART, min_size=1, max_size=5),
    st.sampled_from(["/", "\\", "//"]),
)
HARMLESS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def check_names(source: FileSource, sent: int) -> None:
    """Every file is accounted for, under a name that leads nowhere, can be shown and is one file's only."""
    assert len(source.entries) + len(source.skipped) + source.ignored == sent
    names = [entry.name for entry in source.entries]
    assert len(set(names)) == len(names)
    for name in names:
        parts = name.split("/")
        assert name and not {"", ".", ".."} & set(parts) and ".." not in re.split(r"[/\\]", name)
        assert len(name) <= LONGEST
        assert (Path("/inside") / name).resolve().is_relative_to("/inside")
    for shown in [*names, *(skip.name for skip in source.skipped)]:
        assert shown == unicodedata.normalize("NFC", shown) and shown.encode("utf-8") is not None
        assert not any(unicodedata.category(c) in ("Cc", "Cs") or "\u202a" <= c <= "\u202e" for c in shown)
    assert all(len(skip.name) <= 200 and skip.reason.endswith(".") for skip in source.skipped)
    for place in assign_from_folders(names):
        assert place.endswith(".") if isinstance(place, str) else 0 < len(place.label) <= 100


def sent_as(kind: str, path: Path, names: list[str]) -> int:
    """Write an archive of one-byte files under these names; returns how many files it has."""
    names = [name.rstrip("/") or "." for name in names]  # files, not folders
    if kind == "tar":
        a_tar(path, [(name, b"x") for name in names])
        return len(names)
    with zipfile.ZipFile(path, "w") as archive:
        for name in dict.fromkeys(name.split("\0")[0] or "." for name in names):
            archive.writestr(zipfile.ZipInfo(name), b"x")
        return len([name for name in archive.namelist() if not name.endswith("/")])


@HARMLESS
@given(st.lists(st.one_of(NAME, PATH), min_size=1, max_size=8), st.sampled_from(["zip", "tar"]))
@example(["../../etc/passwd", "a/..\\..\\b", "/etc/cron.d/x", "C:\\x", "c:/c:/x", "./C:/y"], "tar")
@example(["cat/a.jpg", "cat/A.jpg", "CAT/a.jpg", "cat\\a.jpg", "./cat//a.jpg", "cat/a.jpg\u200b"], "zip")
@example(["x" * 201, "x" * 999 + "/y", "x/" * 500 + "y"], "zip")
def test_any_names_are_all_accounted_for(tmp_path: Path, names: list[str], kind: str) -> None:
    path = tmp_path / "any"
    sent = sent_as(kind, path, names)
    with open_source(path) as source:
        check_names(source, sent)
        assert all(entry.read() == b"x" for entry in source.entries)
    assert os.listdir(tmp_path) == ["any"]


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_names_that_differ_only_in_case_are_two_files(tmp_path: Path, kind: str) -> None:
    names = ["cat/a.jpg", "cat/A.jpg", "Cat/a.jpg", "cat/a.JPG"]
    sent = sent_as(kind, tmp_path / "a", names)
    with open_source(tmp_path / "a") as source:
        check_names(source, sent)
        assert {entry.name for entry in source.entries} == set(names)


@HARMLESS
@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=5), st.booleans(), st.booleans())
@example([b"a\xff.jpg", b"a\xfe.jpg", b"\xc0\xaf..\xc0\xaf", b"..\xc0\xafx"], False, True)
@example([b"a.jpg\0.exe", b"\0", b"caf\xe9/a.jpg"], False, False)
def test_any_bytes_as_names(tmp_path: Path, names: list[bytes], says_utf8: bool, as_tar: bool) -> None:
    """Names that are no text in any encoding: read as far as they can be, or the archive is refused."""
    path = tmp_path / "any"
    marks = [f"@{n}".ljust(len(name), "@") + "@@" for n, name in enumerate(names)]
    if as_tar:
        a_tar(path, [(name.decode("utf-8", "surrogateescape").rstrip("/") or "x", b"x") for name in names])
    else:
        with zipfile.ZipFile(path, "w") as archive:
            for mark in marks:
                archive.writestr(zipfile.ZipInfo(mark + ("é" if says_utf8 else "")), b"x")
        content = path.read_bytes()
        for mark, name in zip(marks, names, strict=True):
            content = content.replace(mark.encode(), (name + b"..")[: len(mark)].ljust(len(mark), b"."))
        path.write_bytes(content)
    try:
        with open_source(path) as source:
            check_names(source, len(names))
            for entry in source.entries:
                read(entry.read)
    except ArchiveError as error:
        assert error.what.endswith(".") and not as_tar


def read(entry_read) -> None:  # type: ignore[no-untyped-def]
    """A name in the table of contents that differs from the one before the file's bytes costs that file."""
    try:
        assert entry_read() == b"x"
    except PictureError as error:
        assert error.what.endswith(".")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
@HARMLESS
@given(st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=6))
@example([b"a\xff.jpg", b"a\xfe.jpg", b"C:", b"..\\..\\x", b"\x1b[31m.jpg", b"\xe2\x80\xaegpj.exe", b"a\nb"])
def test_any_names_in_a_folder(names: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "pets")
        root.mkdir()
        plain = {name.replace(b"/", b"").replace(b"\0", b"") for name in names} - {b"", b".", b".."}
        for name in plain:
            with open(os.path.join(os.fsencode(root), name), "wb") as file:
                file.write(b"x")
        with open_source(root) as source:
            check_names(source, len(plain))
            assert all(entry.read() == b"x" for entry in source.entries)
        assert os.listdir(folder) == ["pets"] and len(os.listdir(root)) == len(plain)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 900), st.binary(min_size=1, max_size=30), st.sampled_from(["zip", "tar", "tar.gz"]))
def test_damaged_archives_raise_nothing_else(tmp_path: Path, at: int, noise: bytes, kind: str) -> None:
    path = tmp_path / "a"
    if kind == "zip":
        a_zip(path, list(FILES))
    else:
        a_tar(path, FILES, "w:gz" if kind == "tar.gz" else "w")
    content = path.read_bytes()
    at %= len(content)
    path.write_bytes(content[:at] + noise + content[at + len(noise) :])
    try:
        with open_source(path) as source:
            for entry in source.entries:
                try:
                    entry.read()
                except PictureError:
                    continue
    except ArchiveError as error:
        assert error.what
