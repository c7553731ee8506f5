"""The examples of a data set as numbers for the frozen part, whatever the task.

A row is an example in one of its views: row `example + view * total`, where view 0 is the example as it is.
`ImageRows` and `TextRows` fulfil this protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

CPU_BATCH = 32  # examples per call; more is no faster on a CPU
Tensors = tuple[np.ndarray, ...]
TargetReader = Callable[[np.ndarray], np.ndarray]  # row numbers (n,) → what should be answered, (n, …)


class Inputs(Protocol):
    """The examples of a data set as a network takes them."""

    @property
    def total(self) -> int:
        """Number of examples, whatever the number of views."""

    note: str  # for people, about how the examples are read; "": nothing

    targets: TargetReader | None  # of rows, where a view has its own; None: the class of the example

    @property
    def size(self) -> int:
        """Side of the square in pixels, or length of a text in tokens."""

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""

    @property
    def cut_dtype(self) -> str:
        """The numbers in which cut tensors are kept; "": as they are computed."""

    @property
    def description(self) -> dict[str, Any]:
        """Everything that the numbers of a row depend on besides its key; plain JSON."""

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """Inputs of the frozen part, (n, …)."""

    def decode(self, row: int) -> np.ndarray:
        """One row of them; safe in threads."""

    def in_order(self, rows: np.ndarray) -> np.ndarray:
        """The rows in the order in which `batches` takes them."""

    def batches(self, rows: np.ndarray, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """All rows, `size` at a time, in the quickest order: row numbers and inputs.

        A batch of texts is as long as its longest needs, so it may be shorter than the result of a call.
        """

    def keys(self, rows: np.ndarray) -> Sequence[bytes] | np.ndarray:
        """32 bytes for each row that name its content."""

    def model_inputs(self, rows: np.ndarray) -> np.ndarray:
        """Inputs of the finished model, (n, …)."""
