"""Networks of models from elsewhere: each stays as long as a run needs it, wherever that run is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tlcore import system
from tlcore.config import RunConfig
from tlcore.runs.run import Run
from tlcore.workspace import KEEP_FREE, Workspace, backbone_store

NAME = "0a" * 16
OTHER = "1b" * 16


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """One with two networks."""
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "home"))
    found = Workspace()
    for name in (NAME, OTHER):
        (found.folder(backbone_store.FOLDER, name) / "backbone.keras").write_bytes(b"weights")
    return found


def a_run(folder: Path, name: str = NAME) -> Path:
    return Run.prepare(folder, RunConfig(data="d", backbone=f"file:{name}")).folder


def networks(workspace: Workspace) -> set[str]:
    return {item.name for item in (workspace.root / backbone_store.FOLDER).iterdir() if item.is_dir()}


def test_it_goes_with_the_last_run_that_needs_it(workspace: Workspace) -> None:
    first, second = a_run(workspace.runs / "first"), a_run(workspace.runs / "second")
    workspace.discard(first)
    assert networks(workspace) == {NAME}, "nothing needs the other one"
    workspace.empty_trash()
    assert networks(workspace) == {NAME}
    thrown = workspace.discard(second)
    assert networks(workspace) == {NAME}, "it can still be brought back"
    workspace.restore(thrown)
    workspace.empty_trash()
    assert networks(workspace) == {NAME}
    workspace.discard(second)
    workspace.empty_trash()
    assert networks(workspace) == set()


def test_a_full_disk_takes_it_with_its_run(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    a_run(workspace.runs / "other", OTHER)
    workspace.discard(a_run(workspace.runs / "run"))
    network = workspace.root / backbone_store.FOLDER / NAME
    monkeypatch.setattr(system, "free_bytes", lambda _: KEEP_FREE + (0 if network.exists() else 9))
    workspace.check_room(5)
    assert networks(workspace) == {OTHER}


@pytest.mark.parametrize(
    "place",
    ["experiments/one/experiment.json", "cache/candidates/one/run/config.json", "trash/x/config.json"],
)
def test_others_need_it_too(workspace: Workspace, place: str) -> None:
    file = workspace.root / place
    file.parent.mkdir(parents=True)
    file.write_text(f'{{"config":{{"backbone":"file:{NAME}"}}}}')
    backbone_store.sweep(workspace.root)
    assert networks(workspace) == {NAME}


def test_a_run_outside_the_workspace_is_on_a_list(workspace: Workspace, tmp_path: Path) -> None:
    outside = a_run(tmp_path / "élsewhere")
    backbone_store.sweep(workspace.root)
    assert networks(workspace) == {NAME}
    shutil.rmtree(outside)
    backbone_store.sweep(workspace.root)
    assert networks(workspace) == set()
    backbone_store.note_outside(workspace.root, "../runs", outside)
    assert not (workspace.runs / backbone_store.OUTSIDE).exists()


def test_what_is_not_ours_or_cannot_be_told_stays(workspace: Workspace) -> None:
    workspace.folder(backbone_store.FOLDER, "mine")
    (workspace.runs / "file").touch()
    odd = workspace.folder("runs", "odd", "config.json")
    backbone_store.sweep(workspace.root)
    assert networks(workspace) == {NAME, OTHER, "mine"}, "a folder is no settings"
    odd.rmdir()
    backbone_store.sweep(workspace.root)
    assert networks(workspace) == {"mine"}


def test_one_that_is_just_being_kept_is_waited_for(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backbone_store, "SECONDS", 0.01)
    with backbone_store.lock(workspace.root):
        backbone_store.sweep(workspace.root)
        assert networks(workspace) == {NAME, OTHER}
        a_run(workspace.runs / "run")
    backbone_store.sweep(workspace.root)
    assert networks(workspace) == {NAME}


def test_looking_makes_no_folder(tmp_path: Path) -> None:
    backbone_store.sweep(tmp_path)
    assert not list(tmp_path.iterdir())
