"""Rows that several processes compute into one store: each once, unless whoever took them is gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.fixtures.feature_stores import keys_of, put, right, store_in
from tlcore.graft.cache.parts import SharedRows, WorkShare
from tlcore.graft.cache.store import FeatureStore

ROWS = list(range(100))
SIZE, BATCH = 16, 4
Piece = tuple[list[int], int]


@pytest.fixture
def store(tmp_path: Path) -> FeatureStore:
    return store_in(tmp_path)


def pieces(store: FeatureStore, taken: set[int], to_the_end: bool = False) -> Iterator[Piece]:
    """The pieces of one who shares the rows with all whose parts are in `taken`."""

    def take(part: int) -> bool:
        is_free = part not in taken
        taken.add(part)
        return is_free

    parts = SharedRows(store, np.array(ROWS), keys_of(ROWS), WorkShare(SIZE, BATCH, take, to_the_end))
    return ((rows.tolist(), missing) for rows, missing in parts.pieces())


def do(store: FeatureStore, some: Iterator[Piece]) -> list[int]:
    """Compute all pieces; returns the rows."""
    done: list[int] = []
    for rows, _ in some:
        put(store, rows)
        done += rows
    return done


def test_one_alone_does_all_that_is_missing_in_whole_batches(store: FeatureStore) -> None:
    put(store, [7, 99, *range(16, 32)])  # of the second part all
    counts, done = [], []
    for rows, missing in pieces(store, set(), to_the_end=True):
        assert rows == sorted(rows) and rows[0] % SIZE == 0 and len(rows) in (SIZE, len(ROWS) % SIZE)
        counts.append(missing)
        put(store, rows)
        done += rows
    assert done == [row for row in ROWS if row not in range(16, 32)] and right(store, ROWS)
    assert counts[0] == len(ROWS) - 18 and counts == sorted(counts, reverse=True)


def test_each_row_is_done_by_one_of_those_who_share(store: FeatureStore) -> None:
    taken: set[int] = set()
    worker, helper = pieces(store, taken, to_the_end=True), pieces(store, taken)
    done: list[int] = []
    for (mine, _), (other, _) in zip(worker, helper, strict=False):
        put(store, mine)
        put(store, other)
        done += mine + other
    done += do(store, worker)
    assert sorted(done) == ROWS and right(store, ROWS)


def test_what_somebody_took_and_does_not_bring_is_done_at_the_end(store: FeatureStore) -> None:
    taken: set[int] = set()
    helper = pieces(store, taken)
    lost, _ = next(helper)
    brought, _ = next(helper)
    worker, done = pieces(store, taken, to_the_end=True), []
    for rows, _ in worker:
        put(store, rows)
        done += rows
        if len(done) == len(ROWS) - len(lost) - len(brought):
            put(store, brought)
    assert sorted(done + brought) == ROWS and right(store, ROWS)
    assert len(rows) == BATCH  # it looks again and again whether they have come meanwhile


def test_a_helper_leaves_what_others_took_to_them(store: FeatureStore) -> None:
    assert len(do(store, pieces(store, {0, 2}))) == len(ROWS) - 2 * SIZE
    assert len(store.missing(keys_of(ROWS))) == 2 * SIZE
    assert do(store, pieces(store, {0, 2})) == []
