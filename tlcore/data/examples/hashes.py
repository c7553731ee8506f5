"""SHA-256 of many contents in one array, 32 bytes for each."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import numpy as np

from tlcore.data.examples.lazy_sequence import LazySequence

if TYPE_CHECKING:
    import pyarrow as pa

HASH_BYTES = 32


class HashNames(LazySequence[str]):
    """SHA-256 in hexadecimal, made of an array of their bytes when somebody looks at one."""

    def __init__(self, hashes: np.ndarray) -> None:
        self.hashes = hashes

    def __len__(self) -> int:
        return len(self.hashes)

    def part(self, at: slice) -> HashNames:
        return HashNames(self.hashes[at])

    def item(self, at: int) -> str:
        return str(bytes(self.hashes[at]).ljust(HASH_BYTES, b"\0").hex())  # numpy leaves out zeros at the end

    def number_of(self, sha256: str) -> int | None:
        """The place of one among them, where they are in order; None: it is not there."""
        at = bisect_left(self, sha256)
        return at if at < len(self) and self[at] == sha256 else None


def hash_array(column: pa.ChunkedArray) -> np.ndarray:
    """A column of SHA-256 as numpy sees it, (n,) of 32 bytes."""
    array = column.combine_chunks()
    if not len(array):
        return np.zeros(0, f"S{HASH_BYTES}")
    content = array.buffers()[1]
    return np.frombuffer(content, f"S{HASH_BYTES}", len(array), HASH_BYTES * array.offset)
