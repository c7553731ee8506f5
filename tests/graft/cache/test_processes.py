"""Several real processes at one cache, killed and deleted from at every moment."""

from __future__ import annotations

import contextlib
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fixtures.feature_stores import DIED, WriterProcess, put, right, shards, store_in, there
from tlcore.graft.cache.shard import CacheMiss
from tlcore.graft.cache.store import FeatureCache

CHANGES = 6  # to the disk for one shard: two folders, three files, one rename


def test_two_write_the_same_rows_at_once_while_a_third_reads(tmp_path: Path) -> None:
    writers = [WriterProcess(tmp_path, 0, 300), WriterProcess(tmp_path, 100, 400)]
    store = store_in(tmp_path)
    for writer in writers:
        writer.go()
    while any(writer.runs() for writer in writers):
        assert right(store, there(store, range(400)))
    assert [writer.code() for writer in writers] == [0, 0]
    assert right(store, range(400))


def test_two_make_room_while_another_writes_and_a_third_reads(tmp_path: Path) -> None:
    writer = WriterProcess(tmp_path, 0, 300)
    cache = FeatureCache(tmp_path, budget=100_000)  # two or three shards
    store = store_in(tmp_path)
    writer.go()
    with ThreadPoolExecutor(2) as pool:
        while writer.runs():
            rooms = [pool.submit(cache.make_room, 0) for _ in range(2)]
            with contextlib.suppress(CacheMiss):
                assert right(store, there(store, range(300)))
            assert [room.result() for room in rooms] == [None, None]
    assert writer.code() == 0
    cache.make_room(0)
    assert cache.size() <= 100_000
    assert right(store, there(store, range(300)))


def test_killed_at_any_moment_it_leaves_only_what_is_right(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    *writers, last = (WriterProcess(tmp_path, 0, 400) for _ in range(11))
    for writer in writers:
        before = len(shards(store))
        writer.go()
        while writer.runs() and len(shards(store)) == before:
            time.sleep(0.001)
        time.sleep(random.uniform(0, 0.005))  # about as long as one shard takes
        writer.kill()
        assert right(store, there(store, range(400)))
    last.go()
    assert last.code() == 0
    assert right(store, range(400))
    for left in store.folder.glob(".*"):
        os.utime(left, (0, 0))
    FeatureCache(tmp_path, budget=10**9).make_room(0)
    assert not list(store.folder.glob(".*")) and right(store, range(400))


def test_killed_before_each_change_to_the_disk_it_leaves_only_what_is_right(tmp_path: Path) -> None:
    stores = {at: store_in(tmp_path / str(at)) for at in range(1, CHANGES + 2)}
    writers = {at: WriterProcess(tmp_path / str(at), 1, 9, "die", at) for at in stores}
    for at, writer in writers.items():
        put(stores[at], [0])
        writer.go()
    codes = [writer.code() for writer in writers.values()]
    assert codes == [DIED] * CHANGES + [0]
    assert [there(store, range(9)) for store in stores.values()] == [[0]] * CHANGES + [[*range(9)]]
    assert all(right(store, there(store, range(9))) for store in stores.values())


def test_deleted_before_each_change_to_the_disk_it_is_written_again(tmp_path: Path) -> None:
    stores = {at: store_in(tmp_path / str(at)) for at in range(1, CHANGES + 2)}
    writers = {at: WriterProcess(tmp_path / str(at), 1, 9, "delete", at) for at in stores}
    for at, writer in writers.items():
        put(stores[at], [0])
        writer.go()
    assert {writer.code() for writer in writers.values()} == {0}
    assert [there(store, [0]) for store in stores.values()] == [[]] * CHANGES + [[0]]
    assert all(right(store, range(1, 9)) for store in stores.values())
