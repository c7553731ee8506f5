"""Texts of a data set for the frozen part: token ids by row, in batches of similar length."""

from __future__ import annotations

import functools
import hashlib
import math
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tlcore.backbones.texts.loader import Tokens
from tlcore.data.examples.hashes import HASH_BYTES
from tlcore.workspace import Workspace

GROUP = 1024  # texts that are tokenized at a time
STEP = 8  # tokens: lengths are multiples of it
SHORTEST = 16  # tokens
MOST_BYTES = 32_000_000  # of ids in memory
COVERAGE = 95  # percent of the texts that are read to their end


class TextRows:
    """Rows of a data set as token ids, int32 (n, length). Texts have no views: a row is a text.

    Args:
        tokens: of the backbone, for the length that the network reads.
    """

    targets = None
    cut_dtype = ""

    def __init__(self, texts: Sequence[str], tokens: Tokens, note: str = "") -> None:
        self.texts = texts
        self.tokens = tokens
        self.note = note

    @property
    def total(self) -> int:
        """Number of texts."""
        return len(self.texts)

    @property
    def size(self) -> int:
        """Tokens in a row."""
        return self.tokens.length

    @property
    def row_bytes(self) -> int:
        return 4 * self.tokens.length

    @property
    def description(self) -> dict[str, Any]:
        """Nothing but the length, since the keys name the ids themselves."""
        return {"length": self.tokens.length}

    def model_inputs(self, rows: np.ndarray) -> np.ndarray:
        """Inputs of the finished model: the strings, (n,)."""
        return np.array([self.texts[row] for row in rows.tolist()], dtype=object)

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        return self._ids[rows]

    def decode(self, row: int) -> np.ndarray:
        """One row, (length,)."""
        return self._ids[row]

    def in_order(self, rows: np.ndarray) -> np.ndarray:
        return rows[_longest_first(self._lengths[rows])]

    def batches(self, rows: np.ndarray, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """`size` rows of similar length and their ids (n, l), the longest first; l is the longest of a batch.

        No time goes into padding, a lack of memory shows at once, and an estimate of the time left is never
        too short.
        """
        for part, length in _parts_by_length(self._lengths[rows], size):
            yield rows[part], self._ids[rows[part], :length]

    def keys(self, rows: np.ndarray) -> np.ndarray:
        """SHA-256 of each row's ids, which are all that the network sees."""
        found = np.empty(len(rows), f"V{HASH_BYTES}")
        for at, row in enumerate(rows.tolist()):
            found[at] = hashlib.sha256(self._ids[row].tobytes()).digest()
        return found

    @functools.cached_property
    def _ids(self) -> np.ndarray:
        return encode(self.texts, self.tokens)

    @functools.cached_property
    def _lengths(self) -> np.ndarray:
        """Tokens of each row, (n,)."""
        parts = (self._ids[at : at + GROUP] != self.tokens.pad for at in range(0, self.total, GROUP))
        return np.concatenate([part.sum(axis=1, dtype=np.int32) for part in parts])


def encode(texts: Sequence[str], tokens: Tokens) -> np.ndarray:
    """Token ids of all texts, int32 (n, length); those of very many texts lie in a file."""
    shape = len(texts), tokens.length
    found = np.empty(shape, np.int32) if 4 * math.prod(shape) <= MOST_BYTES else _on_disk(shape)
    at = 0
    for ids in _encode_groups(texts, tokens):
        found[at : at + len(ids)] = ids
        at += len(ids)
    return found


def _on_disk(shape: tuple[int, ...]) -> np.ndarray:
    """Room for ids in a file that goes with this process."""
    folder = Workspace().shared.cache
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        return np.memmap(file, np.int32, "w+", shape=shape)


def batch_by_length(ids: np.ndarray, pad: int, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """`size` row numbers of similar length and their ids (n, l), the longest first; l is what they need."""
    for part, length in _parts_by_length((ids != pad).sum(axis=1), size):
        yield part, ids[part, :length]


def _parts_by_length(lengths: np.ndarray, size: int) -> Iterator[tuple[np.ndarray, int]]:
    """`size` row numbers of similar length, the longest first, and the length that they need."""
    ordered = _longest_first(lengths)
    for start in range(0, len(ordered), size):
        part = ordered[start : start + size]
        yield part, _round_up(int(lengths[part[0]]))


def _longest_first(lengths: np.ndarray) -> np.ndarray:
    """The numbers of the rows, the longest first."""
    return np.argsort(-lengths, kind="stable")


def count_tokens(texts: Sequence[str], tokens: Tokens) -> np.ndarray:
    """Tokens of each text, start and end included, (n,); at most `tokens.length`."""
    return np.concatenate([(ids != tokens.pad).sum(axis=1) for ids in _encode_groups(texts, tokens)])


def _encode_groups(texts: Sequence[str], tokens: Tokens) -> Iterator[np.ndarray]:
    """The ids of some texts at a time."""
    for at in range(0, len(texts), GROUP):
        yield tokens.encode(texts[at : at + GROUP])


def choose_length(lengths: np.ndarray, longest: int) -> tuple[int, float]:
    """The input length for texts with these numbers of tokens, and the share of them that it cuts off.

    95 of 100 are read to their end, unless the backbone's `longest` is too short for that.
    """
    length = _round_up(int(np.percentile(lengths, COVERAGE, method="higher")))
    length = min(max(length, SHORTEST), longest)
    return length, float((lengths > length).mean())


def _round_up(length: int) -> int:
    """Up to the next multiple of `STEP`: each shape costs a trace."""
    return -(-length // STEP) * STEP
