"""Whatever lies where a shard should be, its rows are missing at worst."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.fixtures.feature_stores import put, right, shards, store_in, there
from tlcore.graft.cache import shard as module
from tlcore.graft.cache.shard import BrokenShard, Shard, discard


def shorten(file: Path, by: int) -> None:
    file.write_bytes(file.read_bytes()[:-by])


def overwrite_header(file: Path, header: bytes) -> None:
    content = file.read_bytes()
    start = 10 + int.from_bytes(content[8:10], "little")
    file.write_bytes(content[:10] + header.ljust(start - 11) + b"\n" + content[start:])


def replace_by_link(item: Path) -> None:
    target = item.with_name("elsewhere")
    item.rename(target)
    item.symlink_to(target)


def replace_by_dangling_link(item: Path) -> None:
    replace_by_link(item)
    shutil.rmtree(item.resolve())


def replace_by_folder(item: Path) -> None:
    remove(item)
    item.mkdir()


def replace_by_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_bytes(b"")


def remove(*files: Path) -> None:
    for file in files:
        file.unlink()


def save(file: Path, array: np.ndarray) -> None:
    file.unlink()
    np.save(file, array)


def save_in_version_two(file: Path) -> None:
    array = np.load(file)
    with file.open("wb") as out:
        np.lib.format.write_array(out, array, version=(2, 0))


HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': %s}"
DAMAGE: dict[str, Callable[[Path], object]] = {
    "a byte short": lambda shard: shorten(shard / "0.npy", 1),
    "a row short": lambda shard: shorten(shard / "1.npy", 12),
    "keys short": lambda shard: shorten(shard / "keys.npy", 32),
    "keys empty": lambda shard: (shard / "keys.npy").write_bytes(b""),
    "zeros": lambda shard: (shard / "0.npy").write_bytes(bytes((shard / "0.npy").stat().st_size)),
    "too long": lambda shard: (shard / "0.npy").write_bytes((shard / "0.npy").read_bytes() + b"0"),
    "no keys": lambda shard: remove(shard / "keys.npy"),
    "no first tensor": lambda shard: remove(shard / "0.npy"),
    "no last tensor": lambda shard: remove(shard / "1.npy"),
    "no tensors": lambda shard: remove(shard / "0.npy", shard / "1.npy"),
    "no files": lambda shard: remove(*shard.iterdir()),
    "one tensor more": lambda shard: shutil.copy(shard / "1.npy", shard / "2.npy"),
    "another dtype": lambda shard: save(shard / "0.npy", np.zeros((5, 1000))),
    "integers": lambda shard: save(shard / "0.npy", np.zeros((5, 1000), np.int32)),
    "another order": lambda shard: save(shard / "0.npy", np.zeros((5, 1000), np.float32, "F")),
    "other keys": lambda shard: save(shard / "keys.npy", np.zeros((5, 16), np.uint8)),
    "no rows of keys": lambda shard: save(shard / "keys.npy", np.zeros((0, 32), np.uint8)),
    "one number": lambda shard: save(shard / "0.npy", np.array(1, np.float32)),
    "Python objects": lambda shard: save(shard / "0.npy", np.array([{}] * 5)),
    "another version": lambda shard: save_in_version_two(shard / "0.npy"),
    "a negative shape": lambda shard: overwrite_header(shard / "0.npy", (HEADER % "(-5, -1000)").encode()),
    "a huge shape": lambda shard: overwrite_header(shard / "0.npy", (HEADER % "(5, 10**99)").encode()),
    "a shape of digits": lambda shard: overwrite_header(shard / "0.npy", b"{'shape': (" + b"9" * 60),
    "an open bracket": lambda shard: overwrite_header(shard / "0.npy", b"(" * 90),
    "a folder": lambda shard: replace_by_folder(shard / "0.npy"),
    "a link to a file": lambda shard: replace_by_link(shard / "0.npy"),
    "a link to a shard": replace_by_link,
    "a dangling link": replace_by_dangling_link,
    "a file": replace_by_file,
    "a name without layout": lambda shard: shard.rename(shard.with_name("shard-" + "0" * 32)),
    "another layout": lambda shard: shard.rename(shard.with_name(shard.name[:-8] + "01234567")),
    "a strange name": lambda shard: shard.rename(shard.with_name("shard-copy of me")),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_torn_shard_is_missing_and_the_others_are_not(
    tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    store = store_in(tmp_path)
    put(store, range(5))
    (torn,) = shards(store)
    put(store, range(5, 12))
    damage(torn)
    assert there(store, range(12)) == list(range(5, 12))
    assert right(store, range(5, 12))
    put(store, range(5))
    assert right(store, range(12))


def test_a_torn_shard_is_removed_but_what_a_link_leads_to_is_not(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    put(store, range(5))
    replace_by_link(shards(store)[0])
    assert there(store, range(5)) == []
    assert shards(store) == [] and (store.folder / "elsewhere" / "keys.npy").is_file()


def test_writing_leaves_nothing_behind_when_the_disk_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_in(tmp_path)
    put(store, [1])
    before = sorted(store.folder.rglob("*"))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(module.os, "fsync", full)
        put(store, [2])
    assert sorted(store.folder.rglob("*")) == before
    put(store, [2])
    assert right(store, [1, 2])


def test_discarding_twice_is_no_mistake(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    put(store, [1])
    (item,) = shards(store)
    assert discard(item) and discard(item)
    assert not item.exists() and [item.name for item in store.folder.iterdir()] == ["about.json"]


def test_a_folder_of_another_kind_is_no_shard(tmp_path: Path) -> None:
    with pytest.raises(BrokenShard, match="not a shard"):
        Shard(tmp_path)
