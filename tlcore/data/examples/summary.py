"""Summaries of a list of examples: of a table they are counted on its columns."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from tlcore.data.examples.example import Example, Key, Split
from tlcore.data.examples.example_columns import SPLIT_CODES, SPLIT_NUMBERS, ExampleColumns, make_columns
from tlcore.data.examples.example_table import ExampleTable
from tlcore.data.examples.hashes import hash_array, hashes_of

SPLITS: tuple[Split, ...] = ("train", "validation", "test")


def columns_of(examples: Sequence[Example]) -> ExampleColumns:
    """The columns of these examples; a table keeps its own."""
    return examples.columns if isinstance(examples, ExampleTable) else make_columns(examples)


def label_counts(examples: Sequence[Example], rows: np.ndarray | None = None) -> Counter[str]:
    """Examples that show each class.

    Args:
        rows: count those for which it is true, (n,); None: all.
    """
    if isinstance(examples, ExampleTable):
        own = examples.columns
        label = own.label if rows is None else own.label[rows]
        counts = np.bincount(label, minlength=len(own.labels))
        return Counter(dict(zip(own.labels, counts.tolist(), strict=True)))
    if rows is not None:
        examples = tuple(itertools.compress(examples, rows))
    found = Counter(example.label for example in examples)
    for example in examples:
        if example.boxes or example.areas:
            found.update(example.labels - {example.label})
    return found


def contents_of(examples: Sequence[Example]) -> np.ndarray:
    """The SHA-256 of each, as numpy sees it, (n,) of 32 bytes."""
    if isinstance(examples, ExampleTable):
        return hash_array(examples.table["sha256"])
    return hashes_of([example.sha256 for example in examples])


def shown_classes(examples: Iterable[Example]) -> set[str]:
    """The classes that any of these shows; as `Example.labels`, but at once for all."""
    if isinstance(examples, ExampleTable):
        return {*examples.columns.labels} - {""}
    found: set[str] = set()
    for example in examples:
        found.add(example.label)
        if example.boxes or example.areas:
            found |= example.labels
    found.discard("")
    return found


def split_counts(examples: Sequence[Example]) -> Counter[Split | None]:
    """Examples that came in each split; None: in none."""
    if not isinstance(examples, ExampleTable):
        return Counter(example.split for example in examples)
    counts = np.bincount(examples.columns.split, minlength=len(SPLIT_CODES))
    return Counter({split: int(counts[SPLIT_NUMBERS[split]]) for split in (None, *SPLITS)})


def brought_splits(examples: Sequence[Example]) -> set[Split]:
    """The splits that their source came with."""
    return {split for split, count in split_counts(examples).items() if split and count}


def count_unlabelled(examples: Sequence[Example]) -> int:
    """Examples of which nobody has said anything."""
    if isinstance(examples, ExampleTable):
        return label_counts(examples)[""]
    return sum(not example.is_labelled for example in examples)


def with_key(examples: Sequence[Example], key: Key) -> Example | None:
    """The example with that key; None: it is not among them."""
    if isinstance(examples, ExampleTable):
        row = examples.row_of(key)
        return None if row is None else examples[row]
    return next((example for example in examples if example.key == key), None)
