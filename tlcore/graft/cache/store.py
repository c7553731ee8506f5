"""The feature cache: cut tensors on disk, by content, shared by all runs; never wrong, only missing.

    cache/features/<name>-<16 hex>/    a store: rows that were computed in one and the same way
        about.json                     its description, for people; the folder's name holds the hash
        shard-.../                     some rows, see `shard.py`

There are no locks: shards appear and leave whole, so two processes that write the same rows leave one copy
too many, and deleting anything at any moment costs time, nothing else. `eviction.py` deletes.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from tlcore import processes, system
from tlcore.graft.cache import eviction
from tlcore.graft.cache.shard import (
    KEY,
    NAME,
    NUMBERS,
    BrokenShard,
    CacheMiss,
    Shard,
    discard,
    gather,
    items,
    layout_of,
    write,
)
from tlcore.graft.inputs.protocol import Tensors
from tlcore.workspace import cache_budget, slug

SHARD_BYTES = 64_000_000
SHARD_ROWS = 1024  # of small tensors: what a killed run loses is seconds of work
MOST_OPEN = 1024  # files that a reader holds open, where the system grants four times as many
ATTEMPTS = 5
Keys = Sequence[bytes] | np.ndarray  # of 32 bytes each; an array is of dtype `KEY`
log = logging.getLogger(__name__)


class FeatureCache:
    """All stores below `root`; creating the object touches nothing.

    Args:
        budget: bytes that the cache may take; None for what `GRAFT_CACHE_GB` says.

    Raises:
        WorkspaceError: `GRAFT_CACHE_GB` is not a size.
    """

    def __init__(self, root: Path, budget: int | None = None) -> None:
        self.root = root
        self.budget = cache_budget() if budget is None else budget

    def store(self, description: Mapping[str, Any], name: str) -> FeatureStore:
        """The store for rows computed as in `description` (plain JSON); `name` only helps people."""
        canonical = json.dumps(description, sort_keys=True, separators=(",", ":"), allow_nan=False)
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        return FeatureStore(self.root / f"{slug(name, 'features')}-{digest[:16]}", description)

    def size(self) -> int:
        """Bytes that the cache takes on disk."""
        return system.folder_bytes(self.root)

    def fits(self, needed: int) -> bool:
        """Are the `needed` bytes of one run within the budget?"""
        return needed <= self.budget

    def make_room(self, needed: int) -> None:
        """Delete the shards used longest ago until `needed` more bytes fit, see `eviction.py`."""
        eviction.make_room(self.root, self.budget, needed)


class FeatureStore:
    """Rows that were computed in one way: 32-byte key → cut tensors. On disk from the first row on."""

    def __init__(self, folder: Path, description: Mapping[str, Any]) -> None:
        self.folder = folder
        self.description = description

    def missing(self, keys: Keys) -> np.ndarray:
        """Positions (m,) of keys that are not there, ascending, each distinct key once.

        The others are marked as used now: room for the missing must not be taken from them.
        """
        distinct, first = np.unique(packed(keys), return_index=True)
        shards, number, _ = self._find(distinct)
        for i in np.unique(number[number >= 0]):
            shards[i].touch()
        return np.sort(first[number < 0])

    def reader(self, keys: Keys) -> Callable[[np.ndarray], Tensors]:
        """A function from rows to tensors in that order, where row i is `keys[i]`; marks them as used now.

        It reads through memory maps, which on POSIX outlive the removal of their shards. Of many, only the
        first are held open: reading from another, once removed, raises `CacheMiss` too.

        Raises:
            CacheMiss: some key is not there.
        """
        distinct, inverse = np.unique(packed(keys), return_inverse=True)
        inverse = inverse.astype(np.int32)
        all_shards, number, position = self._find(distinct)
        if missing := int((number < 0).sum()):
            raise CacheMiss(f"{missing} of {len(distinct)} rows are not in the cache")
        del distinct
        used, number = np.unique(number, return_inverse=True)
        number = number.astype(np.int32)
        shards = [all_shards[i] for i in used]
        maps, most = 0, min(MOST_OPEN, processes.most_open_files() // 4)  # a run may have two readers
        for shard in shards:
            if maps < most:
                try:
                    maps += shard.keep_open()
                except CacheMiss:  # removed meanwhile, as whoever reads it is told; or no more may be open
                    most = 0
            shard.touch()
        return functools.partial(gather, shards, number[inverse], position[inverse])

    def writer(self) -> Writer:
        """A writer, to use in a `with` block."""
        return Writer(self)

    def add_shard(self, keys: np.ndarray, tensors: Tensors) -> None:
        """Add the rows of `keys` (n,) as one shard.

        Raises:
            OSError: the disk is full or cannot be written. No half shard stays.
        """
        for attempt in range(ATTEMPTS):
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                about = self.folder / "about.json"
                if not about.exists():
                    text = json.dumps(self.description, indent=2, sort_keys=True)
                    system.write_atomic(about, text.encode())
                return write(self.folder, keys, tensors)
            except FileNotFoundError:  # the cache was deleted just now
                if attempt == ATTEMPTS - 1:
                    raise

    def remove_other_layouts(self, layout: str) -> None:
        """Remove rows of other dtypes or shapes, which the description does not cover: new rows are right."""
        for item in items(self.folder):
            name = NAME.fullmatch(item.name)
            if name and name[1] != layout and discard(item):
                log.warning("removed from the feature cache: %s does not fit its store", item)

    def _shards(self) -> list[Shard]:
        """Shards of the store, largest first; broken ones are removed."""
        shards = []
        for item in items(self.folder):
            try:
                if NAME.fullmatch(item.name):
                    shards.append(Shard(item))
            except (BrokenShard, FileNotFoundError, NotADirectoryError) as error:
                if item.is_symlink() or item.exists():  # otherwise it was removed just now
                    log.warning("removed from the feature cache: %s is not whole: %s", item, error)
                    discard(item)
            except OSError as error:
                log.warning("not used from the feature cache: %s", error)
        return sorted(shards, key=lambda shard: (-shard.count, shard.folder.name))

    def _find(self, keys: np.ndarray) -> tuple[list[Shard], np.ndarray, np.ndarray]:
        """Shard and position of each of the sorted, distinct `keys` (m,).

        Returns:
            The shards; (m,) the number of one of them, or -1; (m,) the position in it.
        """
        shards = self._shards()
        number, position = np.full(len(keys), -1, np.int32), np.zeros(len(keys), np.int32)
        for i, shard in enumerate(shards if len(keys) else []):
            if shard.layout != shards[0].layout:  # never mixed; the next writer says which is right
                continue
            try:
                held = shard.keys
            except OSError:  # removed meanwhile
                continue
            at = np.searchsorted(keys, held)
            at[at == len(keys)] = 0
            hits = np.flatnonzero((keys[at] == held) & (number[at] < 0))
            number[at[hits]], position[at[hits]] = i, hits
        return shards, number, position


class Writer:
    """Collects rows and adds them shard by shard, the last one at the end of the block, even after an error.

    Raises:
        OSError: the disk is full or cannot be written.
    """

    def __init__(self, store: FeatureStore) -> None:
        self._store = store
        self._keys = np.empty(0, KEY)  # this and the tensors have as many rows as a full shard,
        self._tensors: Tensors = ()
        self._count = 0  # of which this many are filled

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._flush()
        except OSError as second:
            if error is None:
                raise
            log.warning("the last rows are not in the feature cache: %s", second)

    def add(self, keys: Keys, tensors: Tensors) -> None:
        """Rows (n, ...) of every tensor for n keys; copied, so the arrays may be used again.

        Raises:
            ValueError: not one row of numbers for every key, or of other dtypes or shapes than before.
            OSError: the disk is full or cannot be written.
        """
        names = packed(keys)
        if not tensors or any(
            not tensor.ndim or len(tensor) != len(names) or tensor.dtype.kind not in NUMBERS
            for tensor in tensors
        ):
            raise ValueError("one row of numbers in every tensor for every key")
        if not self._tensors:
            self._allocate(tensors)
        if _layout(tensors) != _layout(self._tensors):
            raise ValueError("rows of other dtypes or shapes than before")
        start = 0
        while start < len(names):
            stop = min(len(names), start + len(self._keys) - self._count)
            filled = slice(self._count, self._count + stop - start)
            self._keys[filled] = names[start:stop]
            for buffer, tensor in zip(self._tensors, tensors, strict=True):
                buffer[filled] = tensor[start:stop]
            start, self._count = stop, filled.stop
            if self._count == len(self._keys):
                self._flush()

    def _allocate(self, tensors: Tensors) -> None:
        self._store.remove_other_layouts(_layout(tensors))
        row = KEY.itemsize + sum(math.prod(tensor.shape[1:]) * tensor.itemsize for tensor in tensors)
        most = max(1, min(SHARD_ROWS, SHARD_BYTES // row))
        self._keys = np.empty(most, KEY)
        self._tensors = tuple(np.empty((most, *tensor.shape[1:]), tensor.dtype) for tensor in tensors)

    def _flush(self) -> None:
        if self._count:
            filled = tuple(tensor[: self._count] for tensor in self._tensors)
            self._store.add_shard(self._keys[: self._count], filled)
            self._count = 0


def packed(keys: Keys) -> np.ndarray:
    """Keys as an array (n,) that can be sorted."""
    if isinstance(keys, np.ndarray):
        return keys
    if any(len(key) != KEY.itemsize for key in keys):
        raise ValueError(f"a key has {KEY.itemsize} bytes")
    return np.frombuffer(b"".join(keys), KEY)


def _layout(tensors: Tensors) -> str:
    return layout_of([(tensor.dtype, tensor.shape[1:]) for tensor in tensors])
