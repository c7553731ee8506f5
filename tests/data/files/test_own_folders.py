"""Folders that this program wrote are no examples, wherever they lie among a person's data."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.fixtures.tiny_training import draw
from tlcore.config import RunConfig
from tlcore.data.files.open_source import open_source
from tlcore.data.files.own_folders import OWN_FOLDER
from tlcore.data.importing.importer import import_data, scan
from tlcore.errors import DataError
from tlcore.runs.job import Job, Reporter
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

CLASSES = {"amber": 4, "blue": 4, "röd": 4}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "workspace"))
    return draw(tmp_path / "data", per_class=4)


def left_out(source: Path) -> list[str]:
    manifest = scan(source)
    assert manifest.counts() == CLASSES, manifest.skipped
    assert {item.reason for item in manifest.skipped} == {OWN_FOLDER}
    return sorted(item.name for item in manifest.skipped)


def a_job(folder: Path) -> Path:
    """A job whose process was killed before it had made anything whole."""
    folder.mkdir(parents=True)
    Reporter(Job(folder)).stage("importing", "Reading the pictures")
    return folder


def with_pictures(folder: Path, data: Path) -> None:
    shutil.copytree(data / "blue", folder / "files" / "ab")


def test_data_sets_whole_or_not_and_runs(data: Path) -> None:
    import_data(data, data / "my set", name="set")
    with_pictures(a_job(data / "amber" / "half"), data)
    run = Run.prepare(data / "runs" / "one", RunConfig())
    run.write_labels(("a",))
    run.model.write_bytes(b"keras")
    shutil.copytree(data / "blue", run.folder / "tests" / "x" / "data" / "thumbs")
    assert left_out(data) == ["amber/half", "my set", "runs"]


def test_a_workspace_by_its_path_and_one_made_elsewhere(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import_data(data, data / "elsewhere" / "datasets" / "one", name="one")
    shutil.copytree(data / "blue", data / "elsewhere" / "cache" / "uploads")
    monkeypatch.setenv("GRAFT_HOME", str(data / "here"))
    with_pictures(Workspace().datasets / "copied by hand", data)
    assert left_out(data) == ["elsewhere", "here"]


def test_data_that_are_the_workspace_keep_their_classes(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(data))
    with_pictures(Workspace().datasets / "one", data)
    shutil.copytree(data / "blue", Workspace().uploads / "ask")
    assert left_out(data) == ["cache", "datasets"]


@pytest.mark.parametrize("kind", ["zip", "gztar"])
def test_an_archive_of_such_a_folder(data: Path, kind: str) -> None:
    import_data(data, data / "workspace" / "datasets" / "one", name="one")
    a_job(data / "workspace" / "runs" / "two")
    path = shutil.make_archive(str(data.with_name("packed")), kind, data.parent, data.name)
    assert left_out(Path(path)) == ["data/workspace"]


def test_a_folder_of_ours_as_a_whole_is_refused(data: Path) -> None:
    import_data(data, data.with_name("set"), name="set")
    archive = shutil.make_archive(str(data.with_name("packed")), "zip", data.with_name("set"))
    for source in (data.with_name("set"), Path(archive)):
        with pytest.raises(DataError, match="folder of Graft's own"), open_source(source):
            pass


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"state": "done"}', b"\xff", b"[" * 50_000, b"x" * 200_000]
)
def test_what_only_looks_like_ours_stays(data: Path, content: bytes) -> None:
    """A class with notes about it, one called "cache", and folders called like those of a workspace."""
    (data / "blue" / "status.json").write_bytes(content)
    (data / "blue" / "config.json").write_text(json.dumps({"made": "by somebody else"}))
    draw(data, per_class=4, classes=("cache", "queue", "runs"))
    manifest = scan(data)
    assert manifest.counts() == CLASSES | {"cache": 4, "queue": 4, "runs": 4}
    assert {item.name for item in manifest.skipped} == {"blue/status.json", "blue/config.json"}


def test_a_pipe_called_status_is_not_waited_for(data: Path) -> None:
    os.mkfifo(data / "blue" / "status.json")
    assert scan(data).counts() == CLASSES
