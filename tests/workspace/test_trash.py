"""The trash: where each item belongs, what comes back, and what goes for good first."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore import system
from tlcore.errors import WorkspaceError
from tlcore.workspace import KEEP_FREE, Workspace
from tlcore.workspace.trash import LONGEST_PLACE, PLACE, trash_items


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "home")


def made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "content").write_text(folder.name)
    return folder


def test_what_lay_deep_goes_back_there(workspace: Workspace) -> None:
    test = made(workspace.runs / "run" / "tests" / "one")
    thrown = workspace.discard(test)
    assert [(item.kind, item.name) for item in trash_items(workspace.root)] == [("tests", "one")]
    assert workspace.restore(thrown) == test
    assert [item.name for item in test.iterdir()] == ["content"]


def test_without_what_it_belongs_to_it_waits(workspace: Workspace) -> None:
    test = workspace.discard(made(workspace.runs / "run" / "tests" / "one"))
    run = workspace.discard(workspace.runs / "run")
    with pytest.raises(WorkspaceError, match="Bring that back first"):
        workspace.restore(test)
    workspace.restore(run)
    assert workspace.restore(test) == workspace.runs / "run" / "tests" / "one"


def test_a_second_time_it_is_gone_and_a_taken_place_is_kept(workspace: Workspace) -> None:
    thrown = workspace.discard(made(workspace.runs / "run"))
    made(workspace.runs / "run")
    with pytest.raises(WorkspaceError, match="Delete that first"):
        workspace.restore(thrown)
    assert thrown.is_dir()
    system.replace(workspace.runs / "run", workspace.runs / "other")
    workspace.restore(thrown)
    with pytest.raises(WorkspaceError, match="not in the trash any more"):
        workspace.restore(thrown)


@pytest.mark.parametrize(
    "place", ["..", "../..", "/etc", "runs/../../x", "gone/tests", "\x00", "x" * 2 * LONGEST_PLACE]
)
def test_a_strange_place_leads_nowhere(workspace: Workspace, place: str) -> None:
    thrown = workspace.discard(made(workspace.runs / "run" / "tests" / "one"))
    (thrown / PLACE).write_text(place)
    with pytest.raises(WorkspaceError):
        workspace.restore(thrown)
    assert (thrown / "content").exists()


def test_what_an_earlier_version_threw_away_comes_back(workspace: Workspace) -> None:
    thrown = made(workspace.folder("trash") / "1700000000~datasets~flowers")
    (thrown / "manifest.json").touch()
    assert workspace.restore(thrown) == workspace.datasets / "flowers"


@given(st.lists(st.text("0123456789~ax٣²", min_size=1, max_size=12)))
def test_what_is_not_ours_is_not_listed(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    root = tmp_path_factory.mktemp("root")
    for name in names:
        (root / "trash" / name).mkdir(parents=True, exist_ok=True)
    assert all(
        item.folder.name == f"{item.folder.name.split('~')[0]}~{item.kind}~{item.name}"
        for item in trash_items(root)
    )
    assert [item.deleted for item in trash_items(root)] == sorted(
        (i.deleted for i in trash_items(root)), reverse=True
    )


def test_the_oldest_gives_way_first_and_no_more_than_must(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for stamp in (1, 2, 3):
        made(workspace.folder("trash") / f"{stamp}~runs~run")
    left = lambda: [item.deleted for item in trash_items(workspace.root)]  # noqa: E731
    monkeypatch.setattr(system, "free_bytes", lambda _: KEEP_FREE + 100 * (4 - len(left())))
    workspace.check_room(100)
    assert left() == [3, 2, 1]
    workspace.check_room(200)
    assert left() == [3, 2]
