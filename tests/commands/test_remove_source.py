"""`--remove-source`: what a person gave away goes only once something whole was made of it."""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.tiny_training import Graft, Said, Trained, draw
from tlcore.data.dataset import Dataset
from tlcore.runs.job import Job, Reporter
from tlcore.workspace import Workspace


def packed(data: Path, target: Path) -> Path:
    return Path(shutil.make_archive(str(target), "zip", data))


@pytest.fixture
def archive(graft: Graft, coloured: Path) -> Path:
    return packed(coloured, graft.home / "holiday")


def given_away(archive: Path) -> list[object]:
    names = archive.with_suffix(".names")
    names.write_text(json.dumps(["blue/lost.png"]))
    return ["import", archive, "--remove-source", "--not-sent", names]


def test_it_goes_once_the_data_set_is_whole(graft: Graft, archive: Path, coloured: Path) -> None:
    target = graft.home / "set"
    assert graft.call(*given_away(archive), "--out", target).code == 0
    assert Dataset(target).read().counts() == {"amber": 10, "blue": 10, "röd": 10}
    assert not archive.exists() and not archive.with_suffix(".names").exists()
    more = packed(draw(graft.home / "more", per_class=2, seed=1), graft.home / "more")
    assert graft.call(*given_away(more), "--into", target).code == 0
    assert Dataset(target).read().version == 2 and not more.exists()


def taken(graft: Graft, command: list[object]) -> Said:
    (graft.home / "set").mkdir()
    (graft.home / "set" / "mine.txt").write_text("mine")
    return graft.call(*command, "--out", graft.home / "set")


def into_nothing(graft: Graft, command: list[object]) -> Said:
    return graft.call(*command, "--into", graft.home / "none")


def unreadable(graft: Graft, command: list[object]) -> Said:
    Path(str(command[1])).write_bytes(b"no archive")
    return graft.call(*command, "--out", graft.home / "set")


def stopped(graft: Graft, command: list[object]) -> Said:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reporter, "progress", lambda reporter, *_: reporter.job.request_stop())
        return graft.call(*command, "--out", graft.home / "set")


def broken(graft: Graft, command: list[object]) -> Said:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "manifest.json")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Dataset, "write", full)
        return graft.call(*command, "--out", graft.home / "set")


def scored(graft: Graft, command: list[object]) -> Said:
    """Nobody could say what is right: the pile has no classes."""
    return graft.call("evaluate", graft.home / "no-run", *command[1:])


@pytest.mark.parametrize("fails", [taken, into_nothing, unreadable, stopped, broken, scored])
def test_it_stays_where_nothing_came_of_it(
    graft: Graft, archive: Path, fails: Callable[[Graft, list[object]], Said]
) -> None:
    said = fails(graft, given_away(archive))
    assert said.code == 2 and said.err
    assert archive.is_file() and archive.with_suffix(".names").is_file()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_stays_whatever_ends_the_command(graft: Graft, tmp_path: Path, number: signal.Signals) -> None:
    archive = packed(draw(tmp_path / "many", per_class=150), graft.home / "many")
    process = graft.spawn(*given_away(archive), "--out", graft.home / "set")
    job = Job(graft.home / "set")
    while job.recorded().stage != "importing":
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == (-number if number == signal.SIGKILL else 128 + number)
    assert not Dataset(job.folder).is_ready
    assert archive.is_file() and archive.with_suffix(".names").is_file()


def test_a_test_that_comes_to_nothing_leaves_the_archive(graft: Graft, trained: Trained) -> None:
    strange = packed(draw(graft.home / "zoo", classes=("lion", "tiger")), graft.home / "zoo")
    said = graft.call("evaluate", trained.folder, strange, "--job", graft.home / "test", "--remove-source")
    assert said.code == 2 and "None of these classes" in said.err and strange.is_file()


def test_the_copy_that_a_page_made_goes_in_any_case(graft: Graft, archive: Path) -> None:
    """Nobody finds it there, and the person has what it was made from: after ten attempts there were ten."""
    copy = shutil.copy(archive, Workspace().uploads / "upload-0123456789abcdef.zip")
    copy.write_bytes(b"no archive")
    command = given_away(copy)
    assert graft.call(*command, "--out", graft.home / "set").code == 2
    assert list(Workspace().uploads.iterdir()) == []
