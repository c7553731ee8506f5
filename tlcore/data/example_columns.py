"""The examples of a version in columns of numbers, for work on hundreds of thousands of them at once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tlcore.data.manifest import Example, SplitName

# The number of a split in a column. "": the source brought none, or none is known yet.
SPLIT_CODES: tuple[SplitName | str, ...] = ("", "train", "validation", "test", "unused")
_CODE = {name: code for code, name in enumerate(SPLIT_CODES)} | {None: 0}


@dataclass(frozen=True)
class ExampleColumns:
    """Columns of n examples with m different contents.

    Attributes:
        content: number of the content of each, (n,); equal bytes have one number.
        contents: SHA-256 of each content, m of them, ascending.
        label: number of the class of each, (n,).
        labels: the classes, ascending; "" where an example has none.
        split: the split that the source brought for each, (n,), as its place in `SPLIT_CODES`.
        bytes: the size of each, (n,).
    """

    content: np.ndarray
    contents: Sequence[str]
    label: np.ndarray
    labels: tuple[str, ...]
    split: np.ndarray
    bytes: np.ndarray

    def number_of(self, sha256: str) -> int | None:
        """The number of a content; None: no example has it."""
        at = bisect_left(self.contents, sha256)
        return at if at < len(self.contents) and self.contents[at] == sha256 else None


def columns_of(examples: Sequence[Example]) -> ExampleColumns:
    """The columns of these examples, in their order."""
    contents, content = _number([example.sha256 for example in examples])
    labels, label = _number([example.label for example in examples])
    return ExampleColumns(
        content=content,
        contents=contents,
        label=label,
        labels=tuple(labels),
        split=np.fromiter((_CODE[example.split] for example in examples), np.int8, len(examples)),
        bytes=np.fromiter((example.bytes for example in examples), np.int64, len(examples)),
    )


def _number(values: list[str]) -> tuple[list[str], np.ndarray]:
    """The different values, ascending, and the place of each in them."""
    different = sorted(set(values))
    number = {value: at for at, value in enumerate(different)}
    return different, np.fromiter((number[value] for value in values), np.int64, len(values))


def stand_ins(columns: ExampleColumns, groups: Iterable[Sequence[str]]) -> tuple[np.ndarray, list[str]]:
    """For each content the number of the one that stands for its group, which is the first, or its own.

    Args:
        groups: of SHA-256.

    Returns:
        the numbers (m,), and the SHA-256 of those from m on, which no example has.
    """
    numbers = np.arange(len(columns.contents))
    strange: list[str] = []
    for group in groups:
        first = min(group)
        if (number := columns.number_of(first)) is None:
            number = len(columns.contents) + len(strange)
            strange.append(first)
        numbers[[at for sha256 in group if (at := columns.number_of(sha256)) is not None]] = number
    return numbers, strange
