"""The examples of a version in columns of numbers, for work on hundreds of thousands of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tlcore.data.examples.example import Example, SplitName

# The number of a split in a column. "": the source brought none, or none is known yet.
SPLIT_CODES: tuple[SplitName | str, ...] = ("", "train", "validation", "test", "unused")
SPLIT_NUMBERS: dict[str | None, int] = {name: code for code, name in enumerate(SPLIT_CODES)} | {None: 0}


@dataclass(frozen=True)
class ExampleColumns:
    """Columns of n examples with m different contents.

    Attributes:
        content: number of the content of each, (n,); equal bytes have one number.
        contents: SHA-256 of each content, m of them.
        number_of: the number of a content by its SHA-256; None where no example has it.
        label: number of the class of each, (n,).
        labels: the classes, ascending; "" where an example has none.
        split: the split that the source brought for each, (n,), as its place in `SPLIT_CODES`.
        bytes: the size of each, (n,).
    """

    content: np.ndarray
    contents: Sequence[str]
    number_of: Callable[[str], int | None]
    label: np.ndarray
    labels: tuple[str, ...]
    split: np.ndarray
    bytes: np.ndarray

    def different(self, of: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Different numbers of each class among `of`, (n,), in the rows where `rows`, (n,), is true."""
        if not rows.any():
            return np.zeros(len(self.labels), np.int64)
        top = int(of.max()) + 1
        pairs = distinct(self.label[rows].astype(np.int64) * top + of[rows])
        return np.bincount(pairs // top, minlength=len(self.labels))


def make_columns(examples: Sequence[Example]) -> ExampleColumns:
    """The columns of these examples, in their order."""
    numbers: dict[str, int] = {}
    content = [numbers.setdefault(example.sha256, len(numbers)) for example in examples]
    labels = sorted({example.label for example in examples})
    place = {label: at for at, label in enumerate(labels)}
    return ExampleColumns(
        content=np.array(content, np.int64),
        contents=list(numbers),
        number_of=numbers.get,
        label=np.fromiter((place[example.label] for example in examples), np.int64, len(examples)),
        labels=tuple(labels),
        split=np.fromiter((SPLIT_NUMBERS[example.split] for example in examples), np.int8, len(examples)),
        bytes=np.fromiter((example.bytes for example in examples), np.int64, len(examples)),
    )


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


def distinct(numbers: np.ndarray) -> np.ndarray:
    """The different numbers among (n,), ascending. `np.unique` hashes them: ten times as slow, with 100 bytes
    for each.
    """
    ordered = np.sort(numbers)
    is_new = np.ones(len(ordered), bool)
    is_new[1:] = ordered[1:] != ordered[:-1]
    return ordered[is_new]
