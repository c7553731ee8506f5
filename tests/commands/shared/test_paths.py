"""Paths on the command line: nothing that is there is overwritten, and an empty one is none."""

from __future__ import annotations

import csv
import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.fixtures.tiny_training import Graft, Said, Trained, small
from tlcore.commands.shared import paths
from tlcore.runs.batches.batch import Batch
from tlcore.runs.job import Job, Reporter
from tlcore.runs.run import Run

MINE = "a letter of mine\n"


def refused(said: Said, words: str) -> bool:
    return said.code == 2 and words in said.err and said.err.count("\n") == 1 and not said.out


@pytest.fixture
def mine(graft: Graft) -> Path:
    file = graft.home / "mine.csv"
    file.write_text(MINE)
    return file


def test_a_table_overwrites_nothing_unless_that_is_said(graft: Graft, trained: Trained, mine: Path) -> None:
    picture = trained.path("blue")
    for command in (
        ["predict", trained.folder, picture, "--csv", mine],
        ["batch", trained.folder, trained.data, "--out", graft.home / "batch", "--csv", mine],
        ["coach", trained.folder, "--out", mine],
    ):
        assert refused(graft.call(*command), "file in that place already")
        assert mine.read_text() == MINE and not (graft.home / "batch").exists()
    (graft.home / "link.csv").symlink_to(mine)
    said = graft.call(
        "predict", trained.folder, picture, "--csv", graft.home / "link.csv", "--force", "--json"
    )
    assert (
        said.json["n"] == 1
        and mine.read_text().startswith("name,class,")
        and not list(graft.home.glob(".*.part"))
    )
    for place, words in (
        (graft.home, "That is a folder"),
        (graft.home / "no" / "x.csv", "no folder to write"),
    ):
        assert refused(graft.call("predict", trained.folder, picture, "--csv", place, "--force"), words)
    if sys.platform != "win32":
        assert graft.call("predict", trained.folder, picture, "--csv", "/dev/null").code == 0


def test_a_table_is_whole_or_not_there(graft: Graft, trained: Trained, mine: Path) -> None:
    """Somebody took the place while the answers came."""
    target = graft.home / "answers.csv"
    with pytest.raises(ZeroDivisionError), paths.open_output(target, force=False) as file:
        file.write("half")
        raise ZeroDivisionError
    assert sorted(graft.home.glob("*.csv")) == [mine]
    with (
        pytest.raises(Exception, match="in that place already"),
        paths.open_output(target, force=False) as file,
    ):
        file.write("theirs")
        target.write_text(MINE)
    assert target.read_text() == MINE and not list(graft.home.glob(".*.part"))


def test_a_batch_that_was_cut_off_still_writes_its_table(graft: Graft, trained: Trained) -> None:
    out, table = graft.home / "b", graft.home / "t.csv"
    command = ["batch", trained.folder, trained.data, "--out", out, "--csv", table]
    assert graft.call(*command, "--json").code == 0
    table.unlink()
    batch = Batch(out)
    batch.rows_file.write_bytes(b"".join(batch.rows_file.read_bytes().splitlines(keepends=True)[:9]))
    assert graft.call(*command, "--json").json["answered"] == 30
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 30 and list(rows[0])[:4] == ["name", "class", "confidence", "verdict"]


def test_a_job_keeps_out_of_other_places(graft: Graft, trained: Trained, coloured: Path) -> None:
    """A folder of letters, one with a status of another program, and the folder of a run."""
    strange, run = graft.home / "strange", graft.home / "run"
    strange.mkdir()
    (strange / "status.json").write_text(MINE)
    (graft.home / "letters").mkdir()
    (graft.home / "letters" / "a.txt").write_text(MINE)
    Run.prepare(run, small())
    Reporter(Job(run)).stage("queued", "Waiting", state="queued")
    assert graft.call("import", coloured, "--out", graft.home / "set").code == 0
    for place in (strange, graft.home / "letters", run):
        before = {file: file.read_bytes() for file in place.rglob("*") if file.is_file()}
        for command in (
            ["evaluate", trained.folder, trained.data, "--job", place],
            ["import", coloured, "--into", graft.home / "set", "--job", place],
            ["import", coloured, "--out", place],
            ["sample", "--out", place],
            ["train", coloured, "--out", place],
            ["batch", trained.folder, trained.data, "--out", place],
            ["experiment", "unfreeze", coloured, "--out", place],
            ["find-rate", coloured, "--out", place],
            ["prepare", coloured, "--out", place],
        ):
            said = graft.call(*command)
            assert refused(said, "in that place already") or refused(said, "a run in that folder"), command
            assert before.items() <= {f: f.read_bytes() for f in place.rglob("*") if f.is_file()}.items()


def test_a_folder_with_a_config_of_another_program_is_taken(graft: Graft, coloured: Path) -> None:
    (graft.home / "theirs").mkdir()
    (graft.home / "theirs" / "config.json").write_text(json.dumps({"theme": "dark"}))
    assert refused(graft.call("train", coloured, "--out", graft.home / "theirs"), "in that place already")


EMPTY = [
    ["check", ""],
    ["import", "", "--out", "x"],
    *(["import", ".", option, ""] for option in ("--out", "--into")),
    ["import", ".", "--into", "x", "--job", ""],
    ["import", ".", "--out", "x", "--not-sent", ""],
    ["sample", "--out", ""],
    ["fetch", "x", "--out", ""],
    ["train", "", "--out", "x"],
    *(["train", ".", "--out", *rest] for rest in ([""], ["x", "--config", ""], ["x", "--start-from", ""])),
    ["resume", ""],
    ["find-rate", "", "--out", "x"],
    *(["find-rate", ".", "--out", *rest] for rest in ([""], ["x", "--config", " "])),
    ["prepare", ""],
    *(["prepare", ".", option, ""] for option in ("--out", "--config")),
    ["measure", ""],
    ["coach", ""],
    ["coach", "x", "--out", ""],
    ["evaluate", "", "."],
    ["evaluate", "x", ""],
    ["evaluate", "x", ".", "--job", ""],
    ["predict", "", "."],
    ["predict", "x", ""],
    ["predict", "x", ".", "--csv", ""],
    ["batch", "", ".", "--out", "y"],
    ["batch", "x", "", "--out", "y"],
    *(["batch", "x", ".", "--out", *rest] for rest in ([""], ["y", "--csv", ""], ["y", "--beside", ""])),
    ["experiment", "race", "", "--out", "x"],
    *(["experiment", "race", ".", "--out", *rest] for rest in ([""], ["x", "--config", ""])),
]


@pytest.mark.parametrize("arguments", EMPTY, ids=" ".join)
def test_an_empty_path_is_not_the_current_folder(
    graft: Graft, coloured: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(shutil.copytree(coloured, graft.home / "here"))
    assert refused(graft.call(*arguments), "expected a file or folder, received '"), arguments
    assert sorted(item.name for item in Path().iterdir()) == ["amber", "blue", "röd"]
