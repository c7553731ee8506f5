"""Filters for the examples of a data set: class, split, problem, search, and the order.

All tasks use the same boxes; only the search differs. The result is a sorted list of `ExampleState`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

import streamlit as st

from pages.components.shared.datasets.facts import DatasetFacts
from pages.components.shared.datasets.split_names import PARTS
from pages.components.shared.selection.chooser import choose_one
from pages.components.shared.selection.keys import key_of
from pages.components.shared.selection.labels import class_labels
from pages.components.tasks.tasks import VIEWS
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example, Key, Manifest, SplitName
from tlcore.data.versions.edits import ExampleState
from tlcore.errors import printable

ALL, ASIDE, UNLABELLED = "\0all", "\0aside", "\0unlabelled"  # no class is called so
ORDERS = {"class": "Class", "name": "Name"}


def filter_examples(
    dataset: Dataset,
    manifest: Manifest,
    facts: DatasetFacts,
    has: Callable[[Example, str], bool],
    search: str,
) -> tuple[list[ExampleState], str]:
    """Draw the boxes, behind a button; returns the matches in order, and a digest of the choice for keys.

    Args:
        has: whether an example contains these words, given in lower case.
        search: the placeholder of the search box.
    """
    with st.popover("Filter and sort", icon=":material/filter_list:"):
        label = _class(dataset, manifest)
        part = _split(dataset, facts.places)
        problem = _problem(dataset, facts)
        typed = st.text_input("Search", placeholder=search, key=key_of("search", dataset.id))
        order = choose_one("Sorted by", ORDERS, key=key_of("order", dataset.id))
    found, words = _of_class(manifest, label), typed.strip().casefold()
    if part != ALL:
        found = [state for state in found if state.used and facts.places.get(state.example.key) == part]
    if problem != ALL:
        keys = facts.keys_of(problem)
        found = [state for state in found if state.example.key in keys]
    if words:
        found = [state for state in found if has(state.example, words)]
    name = hashlib.sha256(repr((label, part, problem, words, order)).encode(errors="replace")).hexdigest()
    return _ordered(found, order), name[:16]


def _class(dataset: Dataset, manifest: Manifest) -> str:
    """All classes, one class, set aside, or those of which nothing is said, which come first."""
    unlabelled = sum(not example.is_labelled for example in manifest.aside)
    aside = len(manifest.aside) - unlabelled
    labels = {UNLABELLED: f"No {VIEWS[manifest.task].text.unlabelled} yet"} if unlabelled else {}
    labels |= {ALL: "All classes", **class_labels(manifest.classes)}
    if aside:
        labels[ASIDE] = "Set aside"
    return choose_one("Class", labels, key=key_of("class", dataset.id))


def _split(dataset: Dataset, places: Mapping[Key, SplitName]) -> str:
    there = set(places.values())
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
    titles = {problem.kind: printable(facts.title(problem.kind)) for problem in facts.problems}
    if not titles:
        return ALL
    return choose_one("Problem", {ALL: "With or without", **titles}, key=key_of("problem", dataset.id))


def _of_class(manifest: Manifest, label: str) -> list[ExampleState]:
    if label == UNLABELLED:
        return [ExampleState(example, False) for example in manifest.aside if not example.is_labelled]
    if label == ASIDE:
        return [ExampleState(example, False) for example in manifest.aside if example.is_labelled]
    return [ExampleState(e, True) for e in manifest.examples if label == ALL or label in e.labels]


def _ordered(found: list[ExampleState], order: str) -> list[ExampleState]:
    if order == "name":
        return sorted(found, key=lambda state: state.example.name)
    return sorted(found, key=lambda state: (state.example.label, state.example.name))
