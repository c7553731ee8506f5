"""Filters for the examples of a data set: class, split, problem, search, and the order.

All tasks use the same boxes; only the search differs. Each filter is a column of true and false over the
examples, so that a million are filtered without being made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from pages.components.shared.datasets.facts import DatasetFacts
from pages.components.shared.datasets.split_names import PARTS
from pages.components.shared.selection.chooser import choose_one
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.labels import class_labels
from pages.components.tasks.tasks import VIEWS
from tlcore.data.dataset import Dataset
from tlcore.data.examples.lazy_sequence import LazySequence
from tlcore.data.examples.rows import RowOrder, are_labelled, have_keys, have_label, pick, rows_by
from tlcore.data.examples.summary import count_unlabelled
from tlcore.data.manifest import Example, Manifest
from tlcore.data.versions.example_states import ExampleState
from tlcore.errors import printable

ALL, ASIDE, UNLABELLED = "\0all", "\0aside", "\0unlabelled"  # no class is called so
ORDERS = {"class": "Class", "name": "Name"}
ORDERS_OF: dict[str, tuple[RowOrder, ...]] = {"class": ("label", "name"), "name": ("name",)}


class Matches(LazySequence[ExampleState]):
    """The examples that match, in order: rows (n,) of a list of which all or none are used."""

    def __init__(self, examples: Sequence[Example], rows: np.ndarray, used: bool) -> None:
        self._examples = examples
        self._rows = rows
        self._used = used

    def __len__(self) -> int:
        return len(self._rows)

    def part(self, at: slice) -> list[ExampleState]:
        return [ExampleState(example, self._used) for example in pick(self._examples, self._rows[at])]

    def item(self, at: int) -> ExampleState:
        return ExampleState(self._examples[int(self._rows[at])], self._used)


def filter_examples(
    dataset: Dataset,
    manifest: Manifest,
    facts: DatasetFacts,
    search: Callable[[Sequence[Example], str], np.ndarray],
    hint: str,
) -> tuple[Matches, str]:
    """Draw the boxes, behind a button; returns the matches in order, and a digest of the choice for keys.

    Args:
        search: which of some examples, (n,), contain these words, given in lower case.
        hint: the placeholder of the search box.
    """
    with st.popover("Filter and sort", icon=":material/filter_list:"):
        label = _class(dataset, manifest)
        part = _split(dataset, facts)
        problem = _problem(dataset, facts)
        typed = st.text_input("Search", placeholder=hint, key=key_of("search", dataset.id))
        order = choose_one("Sorted by", ORDERS, key=key_of("order", dataset.id))
    used = label not in (ASIDE, UNLABELLED)
    examples, words = manifest.examples if used else manifest.aside, typed.strip().casefold()
    found = _of_class(examples, label)
    if part != ALL:
        found &= facts.places.are_in(part) if used else False
    if problem != ALL:
        found &= have_keys(examples, facts.keys_of(problem))
    if words:
        found &= search(examples, words)
    name = hashlib.sha256(repr((label, part, problem, words, order)).encode(errors="replace")).hexdigest()
    rows = rows_by(examples, ORDERS_OF[order])
    return Matches(examples, rows[found[rows]], used), name[:16]


def _class(dataset: Dataset, manifest: Manifest) -> str:
    """All classes, one class, set aside, or those of which nothing is said, which come first."""
    unlabelled = count_unlabelled(manifest.aside)
    aside = len(manifest.aside) - unlabelled
    labels = {UNLABELLED: f"No {VIEWS[manifest.task].text.unlabelled} yet"} if unlabelled else {}
    labels |= {ALL: "All classes", **class_labels(manifest.classes)}
    if aside:
        labels[ASIDE] = "Set aside"
    return choose_one("Class", labels, key=key_of("class", dataset.id))


def _split(dataset: Dataset, facts: DatasetFacts) -> str:
    there = facts.places.splits
    labels = {ALL: "All splits"} | {str(split): name for split, name in PARTS.items() if split in there}
    if len(labels) == 1:
        return ALL
    return choose_one(
        "Split",
        labels,
        key=key_of("part", dataset.id),
        help="The split with the default settings, or the one that came with the data. You can change it on "
        "the Model page.",
    )


def _problem(dataset: Dataset, facts: DatasetFacts) -> str:
    named = [problem.kind for problem in facts.problems if problem.groups]  # others are of no single example
    titles = {kind: printable(facts.title(kind)) for kind in named}
    if not titles:
        return ALL
    return choose_one("Problem", {ALL: "With or without", **titles}, key=key_of("problem", dataset.id))


def _of_class(examples: Sequence[Example], label: str) -> np.ndarray:
    """Which of these are of the class, (n,)."""
    if label in (ASIDE, UNLABELLED):
        return are_labelled(examples) == (label == ASIDE)
    return np.ones(len(examples), bool) if label == ALL else have_label(examples, label)
