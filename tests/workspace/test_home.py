"""The workspace of the person at work, and what several people share."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tlcore.errors import WorkspaceError
from tlcore.workspace import Workspace, home
from tlcore.workspace.home import at_home, find_home_by


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A server of several people of whom nobody is at work."""
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))

    def nobody() -> Path:
        raise WorkspaceError("Nobody is signed in.")

    find_home_by(nobody)
    yield tmp_path
    find_home_by(None)


def test_one_person_has_and_shares_one_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))
    assert Workspace().root == Workspace().shared.root == tmp_path
    assert home.environment() == {} and home.worker_id() == "" and home.home_of("") == tmp_path


def test_where_nobody_is_known_there_is_no_workspace(server: Path) -> None:
    with pytest.raises(WorkspaceError, match="Nobody"):
        Workspace()
    with at_home(server / "people" / "ann"):
        seen: list[str] = []
        thread = threading.Thread(target=lambda: seen.append(_refusal()))  # it inherits nothing
        thread.start()
        thread.join()
    assert seen == ["Nobody is signed in."]


def _refusal() -> str:
    with pytest.raises(WorkspaceError) as caught:
        Workspace()
    return str(caught.value)


def test_people_share_features_and_the_queue_alone(server: Path) -> None:
    ann, ben = server / "people" / "ann", server / "people" / "ben"
    with at_home(ann):
        one = Workspace()
        children = home.environment()
        assert home.worker_id() == "ann"
    with at_home(ben):
        other = Workspace()
    assert (one.root, other.root) == (ann, ben) and not one.runs.is_relative_to(other.root)
    assert one.shared.root == other.shared.root == server == home.home_of("ann").parents[1]
    assert children == {"GRAFT_HOME": str(ann), "GRAFT_SHARED": str(server)}


def test_a_child_works_where_the_person_does(server: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find_home_by(None)
    with at_home(server / "people" / "ann"):
        monkeypatch.setenv("GRAFT_SHARED", str(server))
        monkeypatch.setenv("GRAFT_HOME", str(home.home()))
    assert Workspace().root == server / "people" / "ann" and Workspace().shared.root == server
    assert home.worker_id() == "ann"


def test_a_person_may_hold_so_much(server: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_PERSON_GB", "0.001")
    with at_home(server / "people" / "ann"):
        Workspace().folder("runs").joinpath("big").write_bytes(bytes(900_000))
        with pytest.raises(WorkspaceError, match="Your workspace is full"):
            Workspace().check_room(200_000)
    with at_home(server / "people" / "ben"):
        Workspace().check_room(200_000)
