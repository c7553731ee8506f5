"""SHA-256 of many contents in one array, 32 bytes for each."""

from __future__ import annotations

from collections.abc import Sequence
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

    def numbers_of(self, wanted: Sequence[str]) -> np.ndarray:
        """The place of each of the wanted ones, (n,), where these are in order; -1: it is not there."""
        if not len(self):
            return np.full(len(wanted), -1)
        hashes = hashes_of(wanted)
        at = np.searchsorted(self.hashes, hashes)
        at[at == len(self)] = -1
        at[self.hashes[at] != hashes] = -1
        for empty in np.flatnonzero(hashes == b"").tolist():
            if not is_hash(wanted[empty]):
                at[empty] = -1
        return at


def is_hash(sha256: str) -> bool:
    return len(sha256) == 2 * HASH_BYTES and not sha256.strip("0123456789abcdef")


def hashes_of(names: Sequence[str]) -> np.ndarray:
    """SHA-256 in hexadecimal as numpy sees them, (n,) of 32 bytes; zeros for what is none."""
    whole = _bytes_of(names)
    if whole is None:
        whole = b"".join(_bytes_of([name]) or bytes(HASH_BYTES) for name in names)
    return np.frombuffer(whole, f"S{HASH_BYTES}")


def _bytes_of(names: Sequence[str]) -> bytes | None:
    """All of them at once; None: one of them is no SHA-256."""
    try:
        content = bytes.fromhex("".join(names))
    except ValueError:
        return None
    is_whole = len(content) == HASH_BYTES * len(names) and all(len(name) == 2 * HASH_BYTES for name in names)
    return content if is_whole else None


def hash_array(column: pa.ChunkedArray) -> np.ndarray:
    """A column of SHA-256 as numpy sees it, (n,) of 32 bytes."""
    array = column.combine_chunks()
    if not len(array):
        return np.zeros(0, f"S{HASH_BYTES}")
    content = array.buffers()[1]
    return np.frombuffer(content, f"S{HASH_BYTES}", len(array), HASH_BYTES * array.offset)
