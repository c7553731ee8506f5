"""What the tests of the feature cache share, and a process that writes to it.

    python -m tests.graft.shelves ROOT START STOP [die|delete N]

writes the rows that are missing, in small shards, from the line on its input on. Before the Nth change to the
disk it dies on the spot, or deletes the whole cache and goes on.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from tlcore.graft import shelf as module
from tlcore.graft.shelf import FeatureCache, Shelf

DESCRIPTION = {"backbone": "lite0", "cut": 7}
DIED = 9  # the exit code


def shelf_in(root: Path) -> Shelf:
    return FeatureCache(root, budget=10**9).shelf(DESCRIPTION, "lite0")


def keys_of(numbers: Iterable[int]) -> list[bytes]:
    return [hashlib.sha256(str(number).encode()).digest() for number in numbers]


def rows_of(numbers: Iterable[int]) -> tuple[np.ndarray, np.ndarray]:
    """What row `number` should hold: a thousand floats and a picture."""
    column = np.array(list(numbers), np.float32)
    pictures = np.repeat(column.astype(np.int64).astype(np.uint8), 12).reshape(-1, 2, 2, 3)
    return column[:, None] + np.arange(1000, dtype=np.float32) / 1024, pictures


def put(shelf: Shelf, numbers: Sequence[int]) -> None:
    with shelf.writer() as writer:
        writer.add(keys_of(numbers), rows_of(numbers))


def there(shelf: Shelf, numbers: Sequence[int]) -> list[int]:
    missing = {numbers[i] for i in shelf.missing(keys_of(numbers))}
    return [number for number in numbers if number not in missing]


def right(shelf: Shelf, numbers: Sequence[int]) -> bool:
    """Whether all of them are there, bit for bit."""
    return not numbers or same(shelf.reader(keys_of(numbers))(np.arange(len(numbers))), rows_of(numbers))


def same(found: tuple[np.ndarray, ...], wanted: tuple[np.ndarray, ...]) -> bool:
    assert [tensor.dtype for tensor in found] == [tensor.dtype for tensor in wanted]
    return len(found) == len(wanted) and all(map(np.array_equal, found, wanted))


def shards(shelf: Shelf) -> list[Path]:
    return sorted(shelf.folder.glob("shard-*"))


def interrupt(root: Path, action: str, number: int) -> None:
    """Do `action` before this process changes the disk for the `number`th time from now on."""
    count = itertools.count(1)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        writes = event == "open" and arguments[1] in ("w", "x")
        if (writes or event in ("os.mkdir", "os.rename")) and next(count) == number:
            if action == "die":
                os._exit(DIED)
            shutil.rmtree(root)

    sys.addaudithook(hook)


def main(root: str, start: str, stop: str, action: str = "", at: str = "0") -> None:
    module.SHARD_ROWS = 8
    shelf, numbers = shelf_in(Path(root)), range(int(start), int(stop))
    print("ready", flush=True)
    sys.stdin.readline()
    if action:
        interrupt(Path(root), action, int(at))
    missing = [numbers[i] for i in shelf.missing(keys_of(numbers))]
    with shelf.writer() as writer:
        for i in range(0, len(missing), 3):
            writer.add(keys_of(missing[i : i + 3]), rows_of(missing[i : i + 3]))


if __name__ == "__main__":
    main(*sys.argv[1:])
