from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures import ROOT
from tlcore.data.names import UnsafePath, clean_path, clean_text, in_utf8, is_junk


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("cats/a.jpg", "cats/a.jpg"),
        ("cats\\a.jpg", "cats/a.jpg"),
        ("/etc/cats/a.jpg", "etc/cats/a.jpg"),
        ("C:\\Users\\cats\\a.jpg", "Users/cats/a.jpg"),
        ("./cats//./a.jpg", "cats/a.jpg"),
        (".\\C:\\D:/cats/a.jpg", "cats/a.jpg"),
        ("e\u0301te\u0301/a.jpg", "été/a.jpg"),
        ("cats/\u202egpj.exe", "cats/gpj.exe"),
        ("cats/\x00\x07a.jpg", "cats/a.jpg"),
        ("<script>alert(1)<∕script>/CON.jpg", "<script>alert(1)<∕script>/CON.jpg"),
        ("می\u200cخواهم/a.jpg", "می\u200cخواهم/a.jpg"),  # a joiner that Persian spells with
    ],
)
def test_clean_paths(raw: str, clean: str) -> None:
    assert clean_path(raw) == clean


@pytest.mark.parametrize(
    "raw", ["../a.jpg", "a/../../b.jpg", "a\\..\\b", "..", "", "///", "\x00", "a" * 1001]
)
def test_unsafe_paths(raw: str) -> None:
    with pytest.raises(UnsafePath):
        clean_path(raw)


@pytest.mark.parametrize(
    "name",
    [
        "__MACOSX/cats/._a.jpg",
        "cats/._a.jpg",
        "cats/.DS_Store",
        "cats/Thumbs.db",
        "desktop.ini",
        ".git/objects/a.jpg",
    ],
)
def test_junk(name: str) -> None:
    assert is_junk(name)


@pytest.mark.parametrize("name", ["cats/a.jpg", "cats/.hidden.jpg", "cats/thumbs.jpg", "a..b/c.png"])
def test_not_junk(name: str) -> None:
    assert not is_junk(name)


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("./\\:\x00\u202e\ud800"))))
def test_no_path_escapes(raw: str) -> None:
    try:
        path = clean_path(raw)
    except UnsafePath as error:
        assert str(error)
        return
    parts = path.split("/")
    assert path and not path.startswith("/") and "\\" not in path
    assert all(part not in ("", ".", "..") for part in parts)
    assert path == unicodedata.normalize("NFC", path)
    path.encode("utf-8")
    assert clean_path(path) == path


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


@pytest.mark.skipif(sys.platform == "win32", reason="names there are never bytes")
@pytest.mark.parametrize(
    ("name", "text"), [("röd", "röd"), ("r\udcc3\udcb6d", "röd"), ("a\udcff", "a�"), ("\ud800x", "�x")]
)
def test_bytes_of_utf_8_are_letters(name: str, text: str) -> None:
    assert in_utf8(name) == text


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX locales")
def test_names_are_read_as_utf_8_where_the_system_knows_ascii_alone(tmp_path: Path) -> None:
    (tmp_path / "röd.png").write_text("no picture")
    code = "import pathlib, sys; from tlcore.data.files.open_source import open_source; "
    code += "source = open_source(pathlib.Path(sys.argv[1])); "
    code += "sys.stdout.buffer.write(source.entries[0].name.encode())"
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path], env={**os.environ, **plain}, capture_output=True, check=True
    )
    assert done.stdout.decode() == "röd.png"
