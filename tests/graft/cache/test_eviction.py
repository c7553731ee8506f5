from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.fixtures.feature_stores import keys_of, put, right, shards, store_in, there
from tlcore import system
from tlcore.errors import WorkspaceError
from tlcore.graft.cache.store import FeatureCache, FeatureStore
from tlcore.system import folder_bytes
from tlcore.workspace import KEEP_FREE


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "features", budget=10**9)


@pytest.fixture
def store(cache: FeatureCache) -> FeatureStore:
    return store_in(cache.root)


def unused_for_another_hour(*stores: FeatureStore) -> None:
    for store in stores:
        for shard in shards(store):
            moment = (shard / "keys.npy").stat().st_mtime - 3600
            os.utime(shard / "keys.npy", (moment, moment))


def test_the_room_of_what_was_used_longest_ago_is_taken_first(
    cache: FeatureCache, store: FeatureStore
) -> None:
    other = cache.store({}, "other")
    for number, where in enumerate([store, other, store, other]):
        put(where, [number])
        unused_for_another_hour(store, other)  # so the first added is now the oldest
    assert there(store, [0]) == [0]  # but this is a use
    taken = folder_bytes(shards(store)[0])
    full = FeatureCache(cache.root, budget=cache.size())
    full.make_room(0)
    assert full.size() == full.budget
    full.make_room(taken + 1)
    assert full.size() + taken + 1 <= full.budget
    assert there(store, [0, 2]) == [0] and there(other, [1, 3]) == [3]
    unused_for_another_hour(other)  # asking was a use, too
    full.make_room(full.budget - taken - 500)  # no room for a second
    assert right(store, [0]) and not other.folder.exists()


def test_reading_is_a_use_too(cache: FeatureCache, store: FeatureStore) -> None:
    for number in range(3):
        put(store, [number])
    unused_for_another_hour(store)
    store.reader(keys_of([1]))
    FeatureCache(cache.root, budget=cache.size()).make_room(1 + folder_bytes(shards(store)[0]))
    assert there(store, range(3)) == [1]


def test_what_never_fits_removes_nothing(cache: FeatureCache, store: FeatureStore) -> None:
    put(store, range(3))
    small = FeatureCache(cache.root, budget=1000)
    assert small.fits(1000) and not small.fits(1001)
    small.make_room(1001)
    assert right(store, range(3))
    small.make_room(1000)
    assert small.size() == 0


def test_what_killed_processes_left_is_swept(cache: FeatureCache, store: FeatureStore) -> None:
    put(store, [1])
    for name in (".part-old", ".part-new", ".gone-new"):
        (store.folder / name).mkdir()
        (store.folder / name / "0.npy").write_bytes(b"half")
    (store.folder / ".about.json.7.part").write_bytes(b"half")
    for name in (".part-old", ".about.json.7.part"):
        os.utime(store.folder / name, (0, 0))
    shutil.copytree(store.folder, cache.root / ".gone-store")
    cache.make_room(0)
    left = sorted(item.name for item in store.folder.iterdir())
    assert left == [".part-new", "about.json", shards(store)[0].name]
    assert list(cache.root.iterdir()) == [store.folder] and right(store, [1])


@pytest.mark.parametrize(("said", "size"), [(None, 20e9), ("", 20e9), ("1", 1e9), ("0.5", 5e8), (" 2 ", 2e9)])
def test_the_environment_says_how_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str | None, size: float
) -> None:
    monkeypatch.delenv("GRAFT_CACHE_GB", raising=False)
    if said is not None:
        monkeypatch.setenv("GRAFT_CACHE_GB", said)
    assert FeatureCache(tmp_path).budget == size


@pytest.mark.parametrize("said", ["0", "-1", "nan", "inf", "1e300", "much", "1 GB"])
def test_what_is_not_a_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("GRAFT_CACHE_GB", said)
    with pytest.raises(WorkspaceError, match=f"GRAFT_CACHE_GB is not a size. Received: {said}"):
        FeatureCache(tmp_path)


def test_a_disk_that_others_filled_costs_the_oldest_rows(
    cache: FeatureCache, store: FeatureStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        put(store, [number])
        unused_for_another_hour(store)
    taken = folder_bytes(shards(store)[0])
    monkeypatch.setattr(system, "free_bytes", lambda folder: KEEP_FREE + taken)
    cache.make_room(taken)
    assert len(shards(store)) == 3  # looking what is there would be a use
    cache.make_room(2 * taken)
    assert there(store, range(3)) == [1, 2]
