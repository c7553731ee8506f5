from __future__ import annotations

import shutil
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.feature_stores import (
    DESCRIPTION,
    keys_of,
    put,
    right,
    rows_of,
    same,
    shards,
    store_in,
    there,
)
from tlcore.graft.cache import store as module
from tlcore.graft.cache.shard import CacheMiss
from tlcore.graft.cache.store import FeatureCache, FeatureStore
from tlcore.system import folder_bytes


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "features", budget=10**9)


@pytest.fixture
def store(cache: FeatureCache) -> FeatureStore:
    return store_in(cache.root)


def test_what_was_added_comes_back_in_any_order_with_repeats(store: FeatureStore) -> None:
    with store.writer() as writer:
        for start in range(0, 2500, 250):
            numbers = range(start, start + 250)
            writer.add(keys_of(numbers), rows_of(numbers))
    assert len(shards(store)) == 3  # 1024, 1024 and the rest
    asked = [7, 2400, 1500, 7, 0, 1024, 1023]
    read = store.reader(keys_of(asked))
    assert same(read(np.arange(7)), rows_of(asked))
    assert same(read(np.array([6, 0, 3, 3, 1])), rows_of([1023, 7, 7, 7, 2400]))
    assert same(read(np.array([], int)), rows_of([]))


def test_rows_of_one_shard_are_copies(store: FeatureStore) -> None:
    put(store, range(10))
    read = store.reader(keys_of(range(10)))
    read(np.array([3, 3, 9]))[0][:] = 0
    assert same(read(np.array([3, 3, 9])), rows_of([3, 3, 9]))


@pytest.mark.parametrize("dtype", ["uint8", "bool", "int64", "float16", "float32", ">f4", "float64"])
def test_every_kind_of_number_comes_back_as_it_was(cache: FeatureCache, dtype: str) -> None:
    store = cache.store({"dtype": dtype}, "numbers")
    bits = np.random.default_rng(0).integers(0, 2, (5, 3, 2)).astype(dtype)
    tensors = (bits, bits[:, 0, 0], bits.transpose(0, 2, 1))
    with store.writer() as writer:
        writer.add(keys_of(range(5)), tensors)
    read = store.reader(keys_of(range(5)))
    assert same(read(np.array([4, 2])), tuple(tensor[[4, 2]] for tensor in tensors))


def test_each_missing_key_is_named_once_in_order(store: FeatureStore) -> None:
    assert store.missing(keys_of([5, 1, 5])).tolist() == [0, 1]
    assert not store.folder.exists()
    put(store, [1, 2])
    assert store.missing(keys_of([5, 1, 3, 5, 2, 0])).tolist() == [0, 2, 5]
    assert store.missing([]).tolist() == []
    with pytest.raises(CacheMiss, match="2 of 3 rows"):
        store.reader(keys_of([1, 3, 5]))
    assert store.reader([])(np.array([], int)) == ()


def test_keys_that_differ_in_one_byte_differ(store: FeatureStore) -> None:
    keys = [bytes(32), bytes(31) + b"\x01", b"\x01" + bytes(31)]
    with store.writer() as writer:
        writer.add(keys[:1], rows_of([0]))
    assert store.missing(keys).tolist() == [1, 2]


def test_what_is_computed_in_another_way_is_on_another_store(
    cache: FeatureCache, store: FeatureStore
) -> None:
    put(store, [1])
    assert there(cache.store({**DESCRIPTION, "cut": 8}, "lite0"), [1]) == []
    assert there(cache.store(dict(reversed(DESCRIPTION.items())), "lite0"), [1]) == [1]


def test_what_was_added_before_an_error_is_kept(store: FeatureStore) -> None:
    with pytest.raises(KeyboardInterrupt), store.writer() as writer:
        writer.add(keys_of([1, 2]), rows_of([1, 2]))
        raise KeyboardInterrupt
    assert right(store, [1, 2])


@pytest.mark.parametrize(
    ("keys", "tensors"),
    [
        (keys_of([1]), ()),
        (keys_of([1, 2]), rows_of([1])),
        (keys_of([1]), (np.float32(1),)),
        (keys_of([1]), (np.array(["text"]),)),
        (keys_of([1]), (np.array([None]),)),
        (keys_of([1]), rows_of([1])[:1]),
        (keys_of([1]), tuple(tensor.astype("float64") for tensor in rows_of([1]))),
        ([b"short"], rows_of([1])),
    ],
)
def test_rows_of_another_kind_are_refused(
    store: FeatureStore, keys: list[bytes], tensors: tuple[np.ndarray, ...]
) -> None:
    with store.writer() as writer:
        writer.add(keys_of([7]), rows_of([7]))
        with pytest.raises(ValueError, match=r"row|key"):
            writer.add(keys, tensors)
    assert right(store, [7])


def test_a_shard_is_never_larger_than_its_share(store: FeatureStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHARD_BYTES", 10_000)  # two rows
    put(store, range(7))
    assert sorted(folder_bytes(shard) // 4000 for shard in shards(store)) == [1, 2, 2, 2]
    monkeypatch.setattr(module, "SHARD_BYTES", 10)  # not one
    put(store, [8, 9])
    assert len(shards(store)) == 6 and right(store, range(7)) and right(store, [8, 9])


def test_a_disk_that_cannot_be_written_is_said_unless_there_is_worse(cache: FeatureCache) -> None:
    cache.root.write_bytes(b"in the way")
    store = store_in(cache.root)
    cache.make_room(1)
    assert there(store, [1]) == []
    with pytest.raises(OSError), store.writer() as writer:
        writer.add(keys_of([1]), rows_of([1]))
    with pytest.raises(ZeroDivisionError), store.writer() as writer:
        writer.add(keys_of([1]), rows_of([1]))
        raise ZeroDivisionError


def test_rows_of_another_shape_make_way_for_the_newest(store: FeatureStore) -> None:
    put(store, range(5))
    wider = tuple(tensor.astype(np.float64) for tensor in rows_of(range(3)))
    with store.writer() as writer:
        writer.add(keys_of(range(3)), wider)
    assert there(store, range(5)) == [0, 1, 2]
    assert same(store.reader(keys_of(range(3)))(np.arange(3)), wider)


def test_rows_of_different_shapes_are_never_mixed(cache: FeatureCache, store: FeatureStore) -> None:
    put(store, range(5))
    other = cache.store({}, "other")
    with other.writer() as writer:
        writer.add(keys_of([7]), (np.zeros((1, 3)),))
    shutil.copytree(shards(other)[0], store.folder / shards(other)[0].name)
    assert there(store, [7, *range(5)]) == list(range(5)) and right(store, range(5))


def test_deleting_the_cache_under_a_writer_loses_only_what_was_there(
    cache: FeatureCache, store: FeatureStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SHARD_ROWS", 4)
    with store.writer() as writer:
        writer.add(keys_of(range(6)), rows_of(range(6)))  # two of them wait
        shutil.rmtree(cache.root)
        writer.add(keys_of(range(6, 9)), rows_of(range(6, 9)))
    assert there(store, range(9)) == [4, 5, 6, 7, 8] and right(store, range(4, 9))
    assert (store.folder / "about.json").is_file()


def test_deleting_the_cache_under_a_reader_changes_nothing_for_it(
    cache: FeatureCache, store: FeatureStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_OPEN", 5)  # files; three of five shards, with two each
    for number in range(5):
        put(store, [number])
    read = store.reader(keys_of(range(5)))
    assert same(read(np.arange(5)), rows_of(range(5)))
    shutil.rmtree(cache.root, ignore_errors=True)
    gone = 0
    for number in range(5):
        try:
            assert same(read(np.array([number])), rows_of([number]))
        except CacheMiss:
            gone += 1
    assert gone == 2


def test_rows_of_a_large_shard_are_read_without_the_rest(store: FeatureStore) -> None:
    rows = np.zeros((1000, 5000), np.float32)
    with store.writer() as writer:
        writer.add(keys_of(range(1000)), (rows,))
    assert len(shards(store)) == 1
    tracemalloc.start()
    try:
        read = store.reader(keys_of(range(1000)))
        assert read(np.arange(0, 1000, 50))[0].shape == (20, 5000)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < rows.nbytes / 20


numbers = st.lists(st.integers(0, 15), max_size=8)
actions = st.lists(st.tuples(st.sampled_from(["add", "ask", "read", "lose"]), numbers), max_size=12)


@settings(max_examples=30, deadline=None)
@given(actions, st.integers(1, 6))
def test_it_is_a_dictionary_that_may_forget(actions: list[tuple[str, list[int]]], rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SHARD_ROWS", rows)
        store, model = store_in(Path(folder)), set[int]()
        for action, some in actions:
            if action == "add":
                put(store, some)
                model |= set(some)
            elif action == "lose" and shards(store):
                shutil.rmtree(shards(store)[sum(some) % len(shards(store))])
                left = set(there(store, range(16)))
                assert len(model - left) <= rows and left <= model
                model = left
            elif action == "ask":
                expected = [i for i, n in enumerate(some) if n not in model and n not in some[:i]]
                assert store.missing(keys_of(some)).tolist() == expected
            elif set(some) <= model:
                assert right(store, some)
            else:
                with pytest.raises(CacheMiss):
                    store.reader(keys_of(some))
