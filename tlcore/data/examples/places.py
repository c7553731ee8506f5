"""The split of each of many examples, by its key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from tlcore.data.examples.example import Example, Key, SplitName, keys_of
from tlcore.data.examples.example_columns import SPLIT_CODES, SPLIT_NUMBERS
from tlcore.data.examples.example_table import ExampleTable


class Places(Mapping[Key, SplitName]):
    """It reads like a dictionary.

    Args:
        examples: a list.
        codes: the split of each, (n,), as its place in `SPLIT_CODES`.
    """

    def __init__(self, examples: Sequence[Example] = (), codes: np.ndarray | None = None) -> None:
        self._examples = examples
        self._codes = np.zeros(0, np.int8) if codes is None else codes

    def __len__(self) -> int:
        return len(self._codes)

    def __iter__(self) -> Iterator[Key]:
        return keys_of(self._examples)

    def __getitem__(self, key: Key) -> SplitName:
        row = self._examples.row_of(key) if isinstance(self._examples, ExampleTable) else self._rows.get(key)
        if row is None:
            raise KeyError(key)
        return SPLIT_CODES[self._codes[row]]  # type: ignore[return-value]  # all of them are placed

    @cached_property
    def _rows(self) -> dict[Key, int]:
        return {key: row for row, key in enumerate(keys_of(self._examples))}

    @cached_property
    def splits(self) -> set[str]:
        """The splits that any example is in."""
        return {SPLIT_CODES[code] for code in np.unique(self._codes).tolist()}

    def are_in(self, split: str) -> np.ndarray:
        """Which of the examples are in a split, (n,)."""
        return self._codes == SPLIT_NUMBERS[split]
