"""Texts of a data set for the frozen part: token ids by row, in batches of similar length."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tlcore.backbones.texts.loader import Tokens

GROUP = 1024  # texts that are tokenized at a time
STEP = 8  # tokens: lengths are multiples of it
SHORTEST = 16  # tokens
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
        return rows[_longest_first(self._ids[rows], self.tokens.pad)]

    def batches(self, rows: np.ndarray, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """`size` rows of similar length and their ids (n, l), the longest first; l is the longest of a batch.

        No time goes into padding, a lack of memory shows at once, and an estimate of the time left is never
        too short.
        """
        for part, ids in batch_by_length(self._ids[rows], self.tokens.pad, size):
            yield rows[part], ids

    def keys(self, rows: np.ndarray) -> list[bytes]:
        """SHA-256 of each row's ids, which are all that the network sees."""
        return [hashlib.sha256(ids.tobytes()).digest() for ids in self._ids[rows]]

    @functools.cached_property
    def _ids(self) -> np.ndarray:
        return encode(self.texts, self.tokens)


def encode(texts: Sequence[str], tokens: Tokens) -> np.ndarray:
    """Token ids of all texts, int32 (n, length)."""
    return np.concatenate(list(_encode_groups(texts, tokens)))


def batch_by_length(ids: np.ndarray, pad: int, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """`size` row numbers of similar length and their ids (n, l), the longest first; l is what they need."""
    counts, ordered = (ids != pad).sum(axis=1), _longest_first(ids, pad)
    for start in range(0, len(ordered), size):
        part = ordered[start : start + size]
        yield part, ids[part, : _round_up(int(counts[part[0]]))]


def _longest_first(ids: np.ndarray, pad: int) -> np.ndarray:
    """The numbers of the rows of ids in that order."""
    return np.argsort(-(ids != pad).sum(axis=1), kind="stable")


def count_tokens(texts: Sequence[str], tokens: Tokens) -> np.ndarray:
    """Tokens of each text, start and end included, (n,); at most `tokens.length`."""
    return np.concatenate([(ids != tokens.pad).sum(axis=1) for ids in _encode_groups(texts, tokens)])


def _encode_groups(texts: Sequence[str], tokens: Tokens) -> Iterator[np.ndarray]:
    """The ids of some texts at a time."""
    compiled = tf.function(tokens, [tf.TensorSpec((None,), tf.string)], autograph=False)
    for at in range(0, len(texts), GROUP):
        yield np.asarray(compiled(list(texts[at : at + GROUP])))


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
