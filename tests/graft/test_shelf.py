from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest

from tlcore.graft.shelf import FeatureCache, Gone, Shelf

DESCRIPTION = {"backbone": "lite0", "cut": 7}


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "features", budget=10**9)


@pytest.fixture
def shelf(cache: FeatureCache) -> Shelf:
    return cache.shelf(DESCRIPTION, "lite0")


def keys_of(numbers: Iterable[int]) -> list[bytes]:
    return [hashlib.sha256(str(number).encode()).digest() for number in numbers]


def rows_of(numbers: Iterable[int]) -> tuple[np.ndarray, np.ndarray]:
    """What row `number` should hold: four floats and a picture."""
    column = np.array(list(numbers), np.float32)
    pictures = np.repeat(column.astype(np.uint8), 12).reshape(-1, 2, 2, 3)
    return column[:, None] + np.arange(4, dtype=np.float32) / 8, pictures


def put(shelf: Shelf, numbers: Sequence[int]) -> None:
    with shelf.writer() as writer:
        writer.add(keys_of(numbers), rows_of(numbers))


def same(found: tuple[np.ndarray, ...], wanted: tuple[np.ndarray, ...]) -> bool:
    assert [tensor.dtype for tensor in found] == [tensor.dtype for tensor in wanted]
    return len(found) == len(wanted) and all(map(np.array_equal, found, wanted))


def shards(shelf: Shelf) -> list[Path]:
    return sorted(shelf.folder.glob("shard-*"))


def test_what_was_added_comes_back_in_any_order_with_repeats(shelf: Shelf) -> None:
    with shelf.writer() as writer:
        for start in range(0, 2500, 250):
            numbers = range(start, start + 250)
            writer.add(keys_of(numbers), rows_of(numbers))
    assert len(shards(shelf)) == 3  # 1024, 1024 and the rest
    asked = [7, 2400, 1500, 7, 0, 1024, 1023]
    read = shelf.reader(keys_of(asked))
    assert same(read(np.arange(7)), rows_of(asked))
    rows = np.array([6, 0, 3, 3, 1])
    assert same(read(rows), rows_of([1023, 7, 7, 7, 2400]))
    assert same(read(np.array([], int)), rows_of([]))


def test_a_reader_of_one_shard_gives_copies(shelf: Shelf) -> None:
    put(shelf, range(10))
    read = shelf.reader(keys_of(range(10)))
    first = read(np.array([3, 3, 9]))
    first[0][:] = 0
    assert same(read(np.array([3, 3, 9])), rows_of([3, 3, 9]))


def test_each_missing_key_is_named_once_in_order(shelf: Shelf) -> None:
    assert shelf.missing(keys_of([5, 1, 5])).tolist() == [0, 1]
    assert not shelf.folder.exists()
    put(shelf, [1, 2])
    assert shelf.missing(keys_of([5, 1, 3, 5, 2, 0])).tolist() == [0, 2, 5]
    assert shelf.missing([]).tolist() == []
    with pytest.raises(Gone, match="2 of 3 rows"):
        shelf.reader(keys_of([1, 3, 5]))


def test_no_rows_are_read_from_nothing(shelf: Shelf) -> None:
    assert shelf.reader([])(np.array([], int)) == ()


def test_what_is_computed_in_another_way_is_on_another_shelf(cache: FeatureCache, shelf: Shelf) -> None:
    put(shelf, [1])
    assert len(cache.shelf({**DESCRIPTION, "cut": 8}, "lite0").missing(keys_of([1]))) == 1
    assert not len(cache.shelf(dict(reversed(DESCRIPTION.items())), "lite0").missing(keys_of([1])))
