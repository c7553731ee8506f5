"""A feature cache that is deleted, too small or on a full disk: time is lost, nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.graft.conftest import Cached, Counting, compiled, frozen, store_sizes
from tlcore import system
from tlcore.errors import WorkspaceError
from tlcore.graft.cache import features
from tlcore.graft.cache import store as store_module
from tlcore.workspace import Workspace


@pytest.mark.parametrize("held", [0, store_module.MOST_OPEN])
def test_the_cache_may_be_deleted_while_it_is_read(
    cached: Cached, stored: list[Path], workspace: Workspace, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    """Also where no map is held open, or cannot be, as on Windows."""
    monkeypatch.setattr(store_module, "MOST_OPEN", held)
    reader = cached(Counting(stored))
    rows = np.array([3, 29, 3, 0])
    before = reader(rows)[0]
    shutil.rmtree(workspace.cache)
    assert (reader(rows)[0] == before).all()


def test_the_cache_may_be_deleted_while_it_is_written(
    cached: Cached,
    pooled: keras.Model,
    stored: list[Path],
    workspace: Workspace,
    said: pytest.LogCaptureFixture,
) -> None:
    """Rows of the cache are gone when they are read: the run goes on without."""
    cached(Counting(stored[:20]))

    def delete(done: int, total: int) -> None:
        shutil.rmtree(workspace.cache)

    engine, source = compiled(pooled), Counting(stored)
    reader = frozen(pooled, source, workspace).reader(engine, delete)
    assert "have left the cache already" in said.text
    rows = np.arange(30)
    assert (reader(rows)[0] == features.live_reader(engine, source)(rows)[0]).all()


def test_what_is_larger_than_the_cache_may_be_is_computed_as_it_is_needed(
    cached: Cached,
    stored: list[Path],
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    said: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("GRAFT_CACHE_GB", str((30 * 1280 * 4 - 1) / 1e9))
    source = Counting(stored)
    reader = cached(source)
    assert source.decoded == [] and not (workspace.cache / "features").exists()
    assert "larger than the cache may be" in said.text
    assert reader(np.array([7, 8]))[0].shape == (2, 1280) and sorted(source.decoded) == [7, 8]


def test_older_features_give_way(
    cached: Cached,
    pooled: keras.Model,
    stored: list[Path],
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GRAFT_CACHE_GB", str(20 * 1280 * 4 / 1e9))
    cached(Counting(stored[:15]))
    source = Counting(stored[15:])
    reader = cached(source)
    assert store_sizes(workspace) == [1]
    wanted = compiled(pooled).run(source(np.arange(15)))[0]
    np.testing.assert_allclose(reader(np.arange(15))[0], wanted, rtol=1e-4, atol=1e-5)


def test_too_little_disk_is_said_before_it_is_full(
    cached: Cached, stored: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "free_bytes", lambda folder: 500_000_100)
    source = Counting(stored)
    with pytest.raises(WorkspaceError, match="Not enough disk space"):
        cached(source)
    assert source.decoded == []
