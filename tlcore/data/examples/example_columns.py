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
        numbers_of: the numbers of contents by their SHA-256; -1 where no example has one.
        label: number of the class of each, (n,).
        labels: the classes, ascending; "" where an example has none.
        split: the split that the source brought for each, (n,), as its place in `SPLIT_CODES`.
        bytes: the size of each, (n,).
    """

    content: np.ndarray
    contents: Sequence[str]
    numbers_of: Callable[[Sequence[str]], np.ndarray]
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
        numbers_of=lambda wanted: np.array([numbers.get(one, -1) for one in wanted], np.int64),
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
    count, groups = len(columns.contents), [*groups]
    firsts = [min(group) for group in groups]
    first = columns.numbers_of(firsts)
    is_strange = first < 0
    first[is_strange] = count + np.arange(is_strange.sum())
    member = columns.numbers_of([sha256 for group in groups for sha256 in group])
    numbers = np.arange(count)
    numbers[member[member >= 0]] = np.repeat(first, [len(group) for group in groups])[member >= 0]
    return numbers, [firsts[at] for at in np.flatnonzero(is_strange).tolist()]


def distinct(numbers: np.ndarray) -> np.ndarray:
    """The different numbers among (n,), ascending. `np.unique` hashes them: ten times as slow, with 100 bytes
    for each.
    """
    ordered = np.sort(numbers)
    is_new = np.ones(len(ordered), bool)
    is_new[1:] = ordered[1:] != ordered[:-1]
    return ordered[is_new]
