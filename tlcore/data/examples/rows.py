"""Rows of a list of examples: which of them are meant, and in which order."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from tlcore.data.examples.example import Example, Key, SplitName, keys_of
from tlcore.data.examples.example_table import ExampleTable, RowOrder

__all__ = [
    "RowOrder",
    "are_labelled",
    "are_placed",
    "have_keys",
    "have_label",
    "keys_at",
    "only",
    "pick",
    "rows_by",
]

_AT_ONCE = 10_000  # examples that are made together


def have_label(examples: Sequence[Example], label: str) -> np.ndarray:
    """Which of these show a class, (n,)."""
    if isinstance(examples, ExampleTable):
        own = examples.columns
        return own.label == own.labels.index(label) if label in own.labels else np.zeros(len(examples), bool)
    return np.fromiter((label in example.labels for example in examples), bool, len(examples))


def are_labelled(examples: Sequence[Example]) -> np.ndarray:
    """Of which of these somebody has said what they show, (n,)."""
    if isinstance(examples, ExampleTable):
        return ~have_label(examples, "")
    return np.fromiter((example.is_labelled for example in examples), bool, len(examples))


def have_keys(examples: Sequence[Example], keys: Collection[Key]) -> np.ndarray:
    """Which of these have one of the keys, (n,)."""
    if not isinstance(examples, ExampleTable):
        return np.fromiter((example.key in keys for example in examples), bool, len(examples))
    found = np.zeros(len(examples), bool)
    found[examples.rows_of(keys)] = True
    return found


def are_placed(places: Sequence[SplitName], split: SplitName) -> np.ndarray:
    """Which of some examples are in a split, (n,); `places` has the split of each."""
    return np.array(places, object) == split


def only(examples: Sequence[Example], rows: np.ndarray) -> Sequence[Example]:
    """Those for which `rows`, (n,), is true; of a table they are copied and not made."""
    if isinstance(examples, ExampleTable):
        return examples.only(rows)
    return tuple(examples[row] for row in np.flatnonzero(rows).tolist())


def pick(examples: Sequence[Example], rows: np.ndarray) -> list[Example]:
    """The examples of these rows, (n,), in their order."""
    if isinstance(examples, ExampleTable):
        return examples.pick(rows)
    return [examples[row] for row in rows.tolist()]


def keys_at(examples: Sequence[Example], rows: np.ndarray) -> Iterator[Key]:
    """The keys of these rows, (n,), in their order; examples are made some at a time."""
    for at in range(0, len(rows), _AT_ONCE):
        yield from keys_of(pick(examples, rows[at : at + _AT_ONCE]))


def rows_by(examples: Sequence[Example], names: tuple[RowOrder, ...]) -> np.ndarray:
    """The row numbers, (n,), in the order of these fields; others decide nothing."""
    if isinstance(examples, ExampleTable):
        return examples.rows_by(names)
    fields = [tuple(getattr(example, name) for name in names) for example in examples]
    return np.array(sorted(range(len(fields)), key=fields.__getitem__), np.int64)
