"""The door itself: exit codes, JSON, and data sets in."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.fixtures import ROOT
from tests.fixtures.tiny_training import Graft, draw
from tlcore.backbones.catalogue import catalogue
from tlcore.commands.data import check as check_command
from tlcore.commands.shared import datasets as data_commands
from tlcore.commands.shared.datasets import open_data
from tlcore.runs.job import Job
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace


def a_zip_of_nothing() -> bytes:
    content = io.BytesIO()
    zipfile.ZipFile(content, "w").close()
    return content.getvalue()


def test_check_says_what_an_import_would_do(graft: Graft, coloured: Path) -> None:
    data = graft.home / "data"
    shutil.copytree(coloured, data)
    (data / "blue" / "note.txt").write_text("hello")
    said = graft.call("check", data, "--json")
    assert said.code == 0
    assert said.json["classes"] == {"amber": 10, "blue": 10, "röd": 10} and said.json["accepted"] == 30
    assert [item["name"] for item in said.json["skipped"]] == ["blue/note.txt"]
    assert not (graft.home / "workspace").exists()
    said = graft.call("check", data)
    assert "accepted: 30" in said.out and "note.txt" in said.out


def test_backbones_lists_the_catalogue(graft: Graft) -> None:
    rows = graft.call("backbones", "--json").json["backbones"]
    assert [row["id"] for row in rows] == [*catalogue.catalogue("images"), *catalogue.catalogue("texts")]
    assert rows[0]["id"] == "efficientnet_lite0" and rows[0]["ready"] and rows[0]["works_offline"]
    kinds = {row["id"]: row["top1_of"] for row in rows}
    assert (kinds["efficientnet_lite0"], kinds["dinov2_small"], kinds["minilm_l6"]) == (
        "trained",
        "frozen",
        None,
    )
    said = graft.call("backbones").out
    assert "trained 75.1" in said and "frozen 81.1" in said


def test_importing_is_a_job(graft: Graft, coloured: Path) -> None:
    target = graft.home / "set"
    said = graft.call("import", coloured, "--out", target, "--name", "Färben", "--json")
    assert said.code == 0 and said.json["accepted"] == 30
    assert BACKEND.status(Job(target)).state == "done"
    said = graft.call("import", coloured, "--out", target)
    assert said.code == 2 and "data set already" in said.err
    assert BACKEND.status(Job(target)).state == "done"


def test_a_failed_import_says_why_in_its_status(graft: Graft) -> None:
    draw(graft.home / "one", classes=("amber",))
    said = graft.call("import", graft.home / "one", "--out", graft.home / "set", "--json")
    status = BACKEND.status(Job(graft.home / "set"))
    assert (said.code, said.out) == (2, "") and status.state == "failed" and "only one class" in status.error


@pytest.mark.parametrize("content", [b"no archive", a_zip_of_nothing()])
def test_what_is_wrong_with_a_copy_is_said_of_what_people_know(
    graft: Graft, coloured: Path, content: bytes
) -> None:
    """The page keeps uploads under names of its own."""
    target, copy = graft.home / "set", graft.home / "upload-12.zip"
    copy.write_bytes(content)
    graft.call("import", coloured, "--out", target)
    for where in (("--out", graft.home / "other"), ("--into", target)):
        said = graft.call("import", copy, *where, "--called", "my cats.zip")
        assert said.code == 2 and "Received: my cats.zip." in said.err and "upload-12" not in said.err
    assert "no readable pictures" in said.err or "archive" in said.err


def test_pictures_in_no_class_folder_are_said_to_be_so(graft: Graft, coloured: Path) -> None:
    """They are good pictures: nothing is wrong but that nobody knows what they show."""
    pile = graft.home / "pile"
    pile.mkdir()
    for number, picture in enumerate(sorted(coloured.glob("*/*.png"))):
        shutil.copy(picture, pile / f"{number}.png")
    packed = shutil.make_archive(str(graft.home / "packed"), "zip", pile)
    out = ("--out", graft.home / "out")
    refused = (["check", pile], ["check", packed], ["train", pile, *out], ["find-rate", packed, *out])
    for command in (*refused, ["experiment", "amount", pile, *out]):
        said = graft.call(*command)
        assert said.code == 2 and "All 30 pictures in it lie in no class folder." in said.err
        assert "folder of its own" in said.err and "--label" in said.err and "in the gallery" in said.err
    target = graft.home / "set"
    for command in (["import", packed, "--out", target], ["check", target]):
        said = graft.call(*command, "--json")
        assert said.code == 0 and (said.json["accepted"], said.json["unused"]) == (30, 30)
        assert "lie in no class folder" in said.json["problem"] and "in the gallery" in said.json["problem"]
    said = graft.call("train", target, *out)
    assert said.code == 2 and "All 30 pictures in it lie in no class folder." in said.err


def test_the_same_data_are_imported_once(
    graft: Graft, coloured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_data(coloured, Workspace())
    monkeypatch.setattr(data_commands, "import_data", None)
    assert open_data(coloured, Workspace()).folder == first.folder
    assert open_data(first.folder, Workspace()).folder == first.folder


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["train"],
        ["train", "x"],
        ["check"],
        ["predict", "x"],
        ["x" * 9999],
        ["check", "x", "--\x1b\n"],
    ],
)
def test_a_command_that_is_none_is_one_sentence(graft: Graft, arguments: list[str]) -> None:
    said = graft.call(*arguments)
    assert (said.code, said.out) == (2, "") and said.err.count("\n") == 1 and "--help" in said.err
    assert len(said.err) < 600 and said.err.strip().isprintable()


def test_the_unexpected_is_no_traceback(graft: Graft, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(check_command, "scan", broken)
    said = graft.call("check", graft.home)
    assert (said.code, said.out) == (1, "")
    assert said.err == "Something unexpected happened: ZeroDivisionError: oh\n"


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
@pytest.mark.parametrize(
    ("closed", "data", "code"),
    [
        ("<&-", "data", 0),
        (">&-", "data", 0),
        ("2>&-", "nowhere", 2),
        ("<&- >&- 2>&-", "data", 0),
        ("<&- >&- 2>&-", "nowhere", 2),
    ],
)
def test_a_stream_that_is_closed_is_no_traceback(
    closed: str, data: str, code: int, graft: Graft, coloured: Path
) -> None:
    shutil.copytree(coloured, graft.home / "data")
    words = [sys.executable, "-m", "tlcore", "check", data]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    shell = ["sh", "-c", f'exec "$@" {closed}', "sh", *words]
    done = subprocess.run(shell, cwd=graft.home, env=env, capture_output=True, text=True)
    assert done.returncode == code and "Traceback" not in done.stderr
    assert done.stderr.count("\n") == int(code == 2 and "2>" not in closed)


def test_an_interrupt_is_quiet(graft: Graft, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(check_command, "scan", interrupted)
    said = graft.call("check", graft.home)
    assert (said.code, said.err) == (130, "Stopped.\n")
