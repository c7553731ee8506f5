from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.tiny_training import Graft
from tlcore import system
from tlcore.errors import WorkspaceError
from tlcore.workspace import KEEP_FREE, Workspace, bytes_in_words, check_dataset, new_id, slug
from tlcore.workspace.refusals import disk_error


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "home")


def test_asking_creates_and_looking_does_not(workspace: Workspace) -> None:
    assert not workspace.root.exists()
    assert workspace.find("runs", "one") is None
    assert not workspace.root.exists()
    assert workspace.runs.is_dir() and workspace.uploads.is_dir()


def test_the_environment_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "there"))
    assert Workspace().root == tmp_path / "there"
    monkeypatch.setenv("GRAFT_HOME", "")
    assert Workspace().root == Path.cwd() / "workspace"


@pytest.mark.parametrize("parts", [("..",), ("runs", "..", "..", "x"), ("/etc",), ("runs/../../x",)])
def test_nothing_outside_is_touched(workspace: Workspace, parts: tuple[str, ...]) -> None:
    with pytest.raises(WorkspaceError, match="outside the workspace"):
        workspace.folder(*parts)


def test_a_link_does_not_lead_out(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (workspace.runs / "link").symlink_to(tmp_path / "outside")
    assert workspace.find("runs", "link") is None
    with pytest.raises(WorkspaceError):
        workspace.discard(workspace.runs / "link")


@pytest.mark.parametrize("name", ["", ".", "..", "../runs", "a/b", "a\x00b", "x" * 5000, "/etc", "real/"])
def test_an_address_bar_finds_nothing_strange(workspace: Workspace, name: str) -> None:
    (workspace.runs / "real").mkdir()
    assert workspace.find("runs", name) is None
    assert workspace.find("runs", "real") == workspace.runs / "real"


@pytest.mark.parametrize("name", ["a__b", "new\nline", "x" * 255, ".dot", "-dash", "\u202eb", "\udcff"])
def test_an_address_bar_finds_any_name_that_can_be_made(workspace: Workspace, name: str) -> None:
    (workspace.runs / name).mkdir()
    assert workspace.find("runs", name) == workspace.runs / name


def test_a_root_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="GRAFT_HOME"):
        Workspace(tmp_path / "file" / "home").folder()


def test_what_was_thrown_away_comes_back(workspace: Workspace) -> None:
    for content in "ab":  # twice within a second under the same name
        (workspace.runs / "run").mkdir()
        (workspace.runs / "run" / "x").write_text(content)
        thrown = workspace.discard(workspace.runs / "run")
        assert not (workspace.runs / "run").exists()
    assert workspace.restore(thrown) == workspace.runs / "run"
    assert (workspace.runs / "run" / "x").read_text() == "b"
    with pytest.raises(WorkspaceError, match="not there any more"):
        workspace.discard(workspace.runs / "gone")


def test_a_place_that_is_taken_again_is_kept(workspace: Workspace) -> None:
    (workspace.datasets / "d").mkdir()
    thrown = workspace.discard(workspace.datasets / "d")
    (workspace.datasets / "d").mkdir()
    (workspace.datasets / "d" / "manifest.json").touch()
    with pytest.raises(WorkspaceError, match="there again"):
        workspace.restore(thrown)


def test_what_is_left_of_a_data_set_does_not_keep_it_from_coming_back(workspace: Workspace) -> None:
    (workspace.datasets / "d").mkdir()
    (workspace.datasets / "d" / "manifest.json").write_text("whole")
    thrown = workspace.discard(workspace.datasets / "d")
    (workspace.datasets / "d" / "versions").mkdir(parents=True)
    (workspace.datasets / "d" / "versions" / "3.json").write_text("a late writer's")
    assert (workspace.restore(thrown) / "manifest.json").read_text() == "whole"
    assert not (workspace.datasets / "d" / "versions").exists()
    assert len(list((workspace.root / "trash").glob("*/versions/3.json"))) == 1, "nothing is lost"
    thrown = workspace.discard(workspace.folder("runs", "d"))
    workspace.folder("runs", "d")
    with pytest.raises(WorkspaceError, match="there again"):
        workspace.restore(thrown)


def test_the_cache_goes_and_comes_as_well(workspace: Workspace) -> None:
    (workspace.cache / "x").write_text("x")
    thrown = workspace.discard(workspace.cache)
    assert workspace.restore(thrown) == workspace.root / "cache"
    assert (workspace.root / "cache" / "x").exists()


def test_trash_is_kept_a_week(workspace: Workspace) -> None:
    trash = workspace.folder("trash")
    (trash / f"{int(time.time()) - 8 * 86_400}~runs~old").mkdir()
    (trash / "not ours").mkdir()
    (workspace.runs / "new").mkdir()
    thrown = workspace.discard(workspace.runs / "new")
    assert {item.name for item in trash.iterdir()} == {thrown.name, "not ours"}


def test_trash_gives_way_before_the_disk_is_full(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace.runs / "r").mkdir()
    thrown = workspace.discard(workspace.runs / "r")
    monkeypatch.setattr(system, "free_bytes", lambda _: KEEP_FREE + (10 if thrown.exists() else 1000))
    workspace.check_room(5)
    assert thrown.exists()
    workspace.check_room(500)
    assert not thrown.exists()
    with pytest.raises(WorkspaceError, match="Not enough disk space"):
        workspace.check_room(1001)


def test_a_full_workspace_is_said_and_the_trash_gives_way(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (workspace.runs / "kept").write_bytes(bytes(4_000))
    (workspace.runs / "old").mkdir()
    (workspace.runs / "old" / "model").write_bytes(bytes(4_000))
    thrown = workspace.discard(workspace.runs / "old")
    workspace.check_room(5_000)  # no limit was set
    monkeypatch.setenv("GRAFT_WORKSPACE_GB", "0.00001")
    workspace.check_room(1_000)
    assert thrown.exists()
    workspace.check_room(5_000)
    assert not thrown.exists()
    with pytest.raises(WorkspaceError, match="holds 4 kB of the 10 kB") as caught:
        workspace.check_room(7_000)
    assert "GRAFT_WORKSPACE_GB" in caught.value.remedy
    workspace.check_room(7_000, tmp_path)  # another place than the workspace


def test_a_data_set_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(bytes(4_000))
    check_dataset(40_000_000_000, tmp_path)
    with pytest.raises(WorkspaceError, match=r"may take 50\.0 GB"):
        check_dataset(50_000_000_000, tmp_path)
    monkeypatch.setenv("GRAFT_DATASET_GB", "0.00001")
    check_dataset(6_000, tmp_path)
    with pytest.raises(WorkspaceError, match="holds 4 kB now, and 7 kB more"):
        check_dataset(7_000, tmp_path)


@pytest.mark.parametrize("variable", ["GRAFT_DATASET_GB", "GRAFT_WORKSPACE_GB"])
@pytest.mark.parametrize("value", ["much", "0", "-3", "nan", "inf"])
def test_a_limit_that_is_no_size_is_said(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(WorkspaceError, match=f"{variable} is not a size"):
        workspace.check_room(1)
        check_dataset(1, workspace.root)


@pytest.mark.parametrize("variable", ["GRAFT_DATASET_GB", "GRAFT_WORKSPACE_GB"])
def test_what_exceeds_a_limit_is_refused_before_it_is_written(
    graft: Graft, coloured: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    target = graft.home / "workspace" / "datasets" / "set"
    monkeypatch.setenv(variable, "0.00001")
    said = graft.call("import", coloured, "--out", target)
    assert said.code == 2 and variable in said.err
    assert {item.name for item in target.iterdir()} <= {"status.json", "train.log"}
    monkeypatch.delenv(variable)
    assert graft.call("import", coloured, "--out", target).code == 0
    before = {path for path in target.rglob("*") if path.is_file()}
    monkeypatch.setenv(variable, "0.00001")
    said = graft.call("import", coloured, "--into", target)
    assert said.code == 2 and variable in said.err
    new = {path.name for path in target.rglob("*") if path.is_file()} - {path.name for path in before}
    assert new <= {"status.json", "train.log", ".lock"}


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0 kB"), (999_499, "999 kB"), (999_500, "1 MB"), (999_499_999, "999 MB"), (1_234_000_000, "1.2 GB")],
)
def test_sizes_are_said_shortly(size: int, said: str) -> None:
    assert bytes_in_words(size) == said


def test_what_the_disk_said_is_passed_on() -> None:
    error = disk_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/x/y"))
    assert "No space left on device" in str(error) and "/x/y" in str(error)


@given(st.text())
def test_a_slug_is_a_file_name_everywhere(text: str) -> None:
    name = slug(text)
    assert 0 < len(name) <= 45 and set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert slug("con") == "data-con" and slug("Blumen für Ánna!") == "blumen-fur-anna"


def test_ids_are_fresh() -> None:
    assert new_id("a b") != new_id("a b")
    assert new_id("a b").startswith("a-b-")
