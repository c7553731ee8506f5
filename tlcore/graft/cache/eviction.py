"""Eviction: which shards the feature cache deletes when it needs room, and what killed processes left behind.

The shards used longest ago go first; reading a shard counts as use. Stores that are left empty go too.
"""

from __future__ import annotations

from pathlib import Path

from tlcore import system
from tlcore.graft.cache.shard import discard, items, sweep
from tlcore.workspace import KEEP_FREE


def make_room(root: Path, budget: int, needed: int) -> None:
    """Sweep, then delete the shards used longest ago until `needed` more bytes fit budget and disk.

    A need larger than the whole budget deletes nothing.

    Args:
        root: the folder of all stores.
        budget: bytes that the cache may take.
    """
    sweep(root)
    stores = [item for item in items(root) if item.is_dir() and not item.is_symlink()]
    for store in stores:
        sweep(store)
    if needed > budget:
        return
    size, shards = system.folder_bytes(root), _oldest_first(stores)
    limit = min(budget, size + system.free_bytes(_nearest_existing(root)) - KEEP_FREE)
    for shard, taken in shards:
        if size + needed <= limit:
            break
        if discard(shard):
            size -= taken
    for store in stores:
        if [item.name for item in items(store)] == ["about.json"]:
            discard(store)


def _oldest_first(stores: list[Path]) -> list[tuple[Path, int]]:
    """The shards in all stores with their bytes, those used longest ago first.

    Measured before anything is deleted: what another process deletes meanwhile makes room too.
    """
    shards = [item for store in stores for item in items(store) if item.name.startswith("shard-")]
    shards.sort(key=lambda shard: system.age(shard / "keys.npy"), reverse=True)
    return [(shard, system.folder_bytes(shard)) for shard in shards]


def _nearest_existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there, to ask for the free disk."""
    return next(place for place in (folder, *folder.parents) if place.exists())
