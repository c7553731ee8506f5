"""The input of a check and its result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tlcore.data.dataset import Dataset
from tlcore.data.examples.example_columns import ExampleColumns, stand_ins
from tlcore.data.examples.summary import columns_of
from tlcore.data.manifest import Example, Key, Manifest, SplitName
from tlcore.data.task_words import WORDS, TaskWords
from tlcore.data.versions.edits import Edit, Exclude
from tlcore.errors import printable

SET_ASIDE = "Set them aside"
Group = tuple[Key, ...]


@dataclass(frozen=True)
class Problem:
    """One kind of problem of one version of a data set.

    Attributes:
        kind: its short name; a version has at most one problem of a kind.
        title, message: what it is, in a few words, and what it means, in one or two sentences; plain text.
        groups: the examples behind it; those that belong together, such as copies, are one group.
        remedy: what one click does against it, as one version; empty where only a person can do something.
        button: what the click is called.
        grave: whether scores mean little before it is put right.
    """

    kind: str
    title: str
    message: str
    groups: tuple[Group, ...] = ()
    remedy: tuple[Edit, ...] = ()
    button: str = ""
    grave: bool = False


@dataclass(frozen=True)
class CheckInput:
    """The input of a check: one version and the split of its examples (empty: not known yet).

    `dataset` is None where nothing is stored.
    """

    dataset: Dataset | None
    manifest: Manifest
    places: Mapping[Key, SplitName]

    @property
    def words(self) -> TaskWords:
        return WORDS[self.manifest.task]

    @cached_property
    def columns(self) -> ExampleColumns:
        return columns_of(self.manifest.examples)

    @cached_property
    def lookalikes(self) -> list[list[Example]]:
        """Used examples that are, or look, the same: groups of two or more, the best of each first."""
        numbers, _ = stand_ins(self.columns, self.manifest.alike)
        return [sorted(group, key=_worse) for group in self._groups(numbers[self.columns.content])]

    @cached_property
    def copies(self) -> list[list[Example]]:
        """Used examples with the same bytes, in groups of two or more."""
        return self._groups(self.columns.content)

    def _groups(self, numbers: np.ndarray) -> list[list[Example]]:
        """Examples that share a number, (n,), with others."""
        found: dict[int, list[Example]] = {}
        for row in np.flatnonzero(np.bincount(numbers)[numbers] > 1).tolist():
            found.setdefault(int(numbers[row]), []).append(self.manifest.examples[row])
        return list(found.values())

    def counted(self, number: int) -> str:
        """So many examples, as the start of a sentence."""
        return self.words.counted(number).capitalize()


def _worse(example: Example) -> tuple[int, int, str]:
    """Sorts the largest picture first: the one to keep of several copies."""
    return -example.width * example.height, -example.bytes, example.name


def keys(examples: Iterable[Example]) -> Group:
    """The keys of examples, in their order."""
    return tuple(example.key for example in examples)


def set_aside(examples: Iterable[Example]) -> tuple[Edit, ...]:
    """The remedy that takes these out."""
    return (Exclude(keys(examples)),)


def quoted(labels: Iterable[str], most: int = 5) -> str:
    """Class names in a sentence."""
    names = list(labels)
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(f"“{printable(label, 60)}”" for label in names[:most]) + more
