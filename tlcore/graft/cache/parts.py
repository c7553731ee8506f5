"""Rows that several processes compute into one store: those that this one does, and those that are there.

A part belongs to whoever takes it first, and nobody waits for anybody. Once all parts are taken, the process
that needs the rows does what others took and have not brought: they may be slow, or dead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from tlcore.graft.cache.shard import NAME, BrokenShard, Shard, items
from tlcore.graft.cache.store import FeatureStore, Keys, packed

CLOSER = 8  # looks at what has come while a part is done that somebody else had taken


class WorkShare(NamedTuple):
    """A share in the work on a store.

    Attributes:
        size: rows of a part, a multiple of `batch`.
        batch: rows that are always computed together: the last digits of a row's numbers may depend on its
            place among them.
        take: tells whether the part with this number is ours from now on.
        to_the_end: do what others took, too, where it has not come.
    """

    size: int
    batch: int
    take: Callable[[int], bool]
    to_the_end: bool


class SharedRows:
    """Rows with different keys that a store lacks, in the same order for all who share them.

    Args:
        rows: (n,) their numbers.
        keys: of each of them.
    """

    def __init__(self, store: FeatureStore, rows: np.ndarray, keys: Keys, share: WorkShare) -> None:
        self._rows, self._keys = rows, packed(keys)
        self._sorter = np.argsort(self._keys)
        self._there = np.zeros(len(rows), bool)
        self._store, self._share = store, share
        self._seen: set[str] = set()

    def pieces(self) -> Iterator[tuple[np.ndarray, int]]:
        """Rows to compute now, and how many are missing in the store, again and again until we are done."""
        size, batch, take, to_the_end = self._share
        for number, part in enumerate(self._split(size)):
            if not self._there[part].all() and take(number):
                yield from self._whole(part)
        if to_the_end:
            for part in self._split(batch * max(1, size // CLOSER // batch)):
                yield from self._whole(part)

    def _split(self, size: int) -> list[slice]:
        return [slice(at, at + size) for at in range(0, len(self._rows), size)]

    def _whole(self, part: slice) -> Iterator[tuple[np.ndarray, int]]:
        """All rows of a part, unless all of them are there."""
        self._look()
        if not self._there[part].all():
            yield self._rows[part], int((~self._there).sum())

    def _look(self) -> None:
        """Take note of the shards that have come since the last look."""
        for item in items(self._store.folder):
            if item.name in self._seen or not NAME.fullmatch(item.name):
                continue
            try:
                keys = Shard(item).keys
            except (BrokenShard, OSError):  # being deleted: whoever reads the store will say so
                continue
            self._seen.add(item.name)
            at = np.searchsorted(self._keys, keys, sorter=self._sorter)
            at[at == len(self._keys)] = 0
            at = self._sorter[at]
            self._there[at[self._keys[at] == keys]] = True
