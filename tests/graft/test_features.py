from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tlcore import system
from tlcore.errors import DataError, WorkspaceError
from tlcore.graft import features
from tlcore.graft.features import Frozen, Pictures


@pytest.fixture
def pictures(coloured: Path) -> Pictures:
    return Pictures(sorted(coloured.rglob("*.png")) * 2, 32, "stretch")  # more than one batch


def no_count(done: int, total: int) -> None:
    pass


def test_decoded_ahead_is_decoded_in_order(pictures: Pictures) -> None:
    rows = np.arange(len(pictures.paths))[::-1].copy()
    assert (np.concatenate(list(pictures.batches(rows))) == pictures(rows)).all()
    assert pictures(rows).shape == (60, 32, 32, 3) and pictures(rows).dtype == np.uint8


def test_disk_and_fly_hold_the_same(pictures: Pictures, tmp_path: Path) -> None:
    counted: list[tuple[int, int]] = []
    disk = features.from_disk(tmp_path / "features", Frozen(None), pictures, lambda *c: counted.append(c))
    fly = features.on_the_fly(Frozen(None), pictures)
    rows = np.array([3, 59, 3, 0])
    assert (disk(rows)[0] == fly(rows)[0]).all()
    assert counted == [(32, 60), (60, 60)]
    assert [p.name for p in tmp_path.rglob("*")] == ["features", "0.npy"]


def test_what_is_there_is_not_computed_again(pictures: Pictures, tmp_path: Path) -> None:
    features.from_disk(tmp_path / "features", Frozen(None), pictures, no_count)
    again = features.from_disk(tmp_path / "features", Frozen(None), Pictures([], 32, "crop"), no_count)
    assert again(np.array([1]))[0].shape == (1, 32, 32, 3)


def test_stopped_half_way_leaves_nothing_half_right(pictures: Pictures, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        features.from_disk(tmp_path / "features", Frozen(None), pictures, stop)
    assert list(tmp_path.iterdir()) == []


def test_what_a_kill_left_is_begun_anew(pictures: Pictures, tmp_path: Path) -> None:
    (tmp_path / "features.part").mkdir()
    (tmp_path / "features.part" / "0.npy").write_bytes(b"half")
    features.from_disk(tmp_path / "features", Frozen(None), pictures, no_count)
    assert [p.name for p in tmp_path.iterdir()] == ["features"]


def test_too_little_disk_is_said_before_it_is_full(
    pictures: Pictures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(system, "free_bytes", lambda folder: 500_000_100)
    with pytest.raises(WorkspaceError, match="Not enough disk space"):
        features.from_disk(tmp_path / "features", Frozen(None), pictures, no_count)
    assert not (tmp_path / "features.part").exists()


def test_a_picture_that_went_away_is_named(coloured: Path, tmp_path: Path) -> None:
    shutil.copytree(coloured, tmp_path / "data")
    source = Pictures(sorted((tmp_path / "data").rglob("*.png")), 32, "stretch")
    (tmp_path / "data" / "blue" / "03.png").unlink()
    with pytest.raises(DataError, match=r"03\.png.*Import the data set again"):
        features.from_disk(tmp_path / "features", Frozen(None), source, no_count)
