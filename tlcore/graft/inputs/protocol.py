"""What the frozen part is fed: the examples of a data set as numbers, whatever the task.

A row is an example in one of its views: row `example + view * total`, where view 0 is the example as it is.
`decoding.Pictures` and `tokens.Texts` fulfil this protocol.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

CPU_BATCH = 32  # examples per call; more is no faster on a CPU
Tensors = tuple[np.ndarray, ...]


class Inputs(Protocol):
    """The examples of a data set as a network takes them."""

    @property
    def total(self) -> int:
        """How many examples there are, whatever the number of views."""

    note: str  # what a person should know about how they are read; "" for nothing

    @property
    def size(self) -> int:
        """Side of the square in pixels, or length of a text in tokens."""

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""

    @property
    def description(self) -> dict[str, Any]:
        """All that decides about the numbers of a row, given its key; plain JSON."""

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """What the frozen part takes, (n, …)."""

    def decode(self, row: int) -> np.ndarray:
        """One row of it; safe in threads."""

    def batches(self, rows: np.ndarray, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """All rows, `size` at a time, in whatever order is quickest: which they are, and their numbers.

        A batch of texts is as long as its longest needs, so it may be shorter than what a call gives.
        """

    def keys(self, rows: np.ndarray) -> list[bytes]:
        """32 bytes for each row that name its content."""

    def given(self, rows: np.ndarray) -> np.ndarray:
        """What the finished model takes, (n, …)."""
