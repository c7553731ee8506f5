"""Data in whose folder this program keeps its own: the workspace, runs, data sets and batches."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.fixtures.tiny_training import Graft, Trained
from tlcore.commands.shared.datasets import open_data
from tlcore.data.files.own_folders import OWN_FOLDER
from tlcore.workspace import Workspace


@pytest.fixture
def data(graft: Graft, coloured: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that a person stands in, with the default workspace."""
    data = Path(shutil.copytree(coloured, graft.home / "data"))
    monkeypatch.chdir(data)
    monkeypatch.delenv("GRAFT_HOME")
    return data


def test_a_data_set_beside_its_pictures(graft: Graft, data: Path) -> None:
    for out, ours in (("one", ["one"]), ("two", ["one", "two"])):
        said = graft.call("import", ".", "--out", out, "--json")
        assert said.json["classes"] == {"amber": 10, "blue": 10, "röd": 10}
        assert [item["name"] for item in said.json["skipped"]] == ours
        assert {item["reason"] for item in said.json["skipped"]} == {OWN_FOLDER}
    said = graft.call("check", ".")
    assert "accepted: 30" in said.out and f"one · {OWN_FOLDER}" in said.out


def test_the_default_workspace_below_them(
    graft: Graft, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first command makes the workspace, and what it writes must not make the data others."""
    first = open_data(Path(), Workspace())
    assert (data / "workspace" / "datasets" / first.id).is_dir()
    assert open_data(Path(), Workspace()).folder == first.folder
    assert first.read().counts() == {"amber": 10, "blue": 10, "röd": 10}
    assert capsys.readouterr().err == f"workspace: {OWN_FOLDER}\n" * 2
    assert (
        graft.call("check", first.folder, "--json").json["accepted"] == 30
    )  # named itself, it is a data set


def test_answers_beside_what_was_asked(graft: Graft, data: Path, trained: Trained) -> None:
    for out in ("first", "second"):
        said = graft.call("batch", trained.folder, ".", "--out", out, "--json")
        assert said.json["answered"] == 30, said.err
    said = graft.call("predict", trained.folder, ".", "--json")
    assert len(said.out.splitlines()) == 30 and f"first: {OWN_FOLDER}" in said.err
    said = graft.call("evaluate", trained.folder, ".", "--json")
    assert said.json["n"] == 30 and said.json["unknown"] == {} and f"second: {OWN_FOLDER}" in said.err
