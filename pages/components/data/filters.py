"""Which examples are looked at: by class, by part, by problem, by what is in them; and in which order.

One row of boxes for every task; a task only says what a search looks at. The examples come out as `State`s,
in order, and whoever shows them takes a page of them.
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
from tlcore.data.dataset import Dataset
from tlcore.data.edits import ExampleState
from tlcore.data.manifest import Example, Key, Manifest, SplitName
from tlcore.errors import printable

ALL, ASIDE, UNLABELLED = "\0all", "\0aside", "\0unlabelled"  # no class is called so
ORDERS = {"class": "Class", "name": "Name"}


def filter_examples(
    dataset: Dataset,
    manifest: Manifest,
    known: DatasetFacts,
    has: Callable[[Example, str], bool],
    search: str,
) -> tuple[list[ExampleState], str]:
    """The boxes, and what they leave: the examples in order, and a short name of this choice for keys.

    Args:
        has: whether an example has these words, given in lower case, in it.
        search: what the search box says while it is empty.
    """
    with st.grid(5, min_column_width=140):
        label = _class(dataset, manifest)
        part = _part(dataset, known.places)
        problem = _problem(dataset, known)
        typed = st.text_input("Search", placeholder=search, key=key_of("search", dataset.id))
        order = choose_one("Sorted by", ORDERS, key=key_of("order", dataset.id))
    found, wanted = _of_class(manifest, label), typed.strip().casefold()
    if part != ALL:
        found = [state for state in found if state.used and known.places.get(state.example.key) == part]
    if problem != ALL:
        keys = known.keys_of(problem)
        found = [state for state in found if state.example.key in keys]
    if wanted:
        found = [state for state in found if has(state.example, wanted)]
    name = hashlib.sha256(repr((label, part, problem, wanted, order)).encode(errors="replace")).hexdigest()
    return _ordered(found, order), name[:16]


def _class(dataset: Dataset, manifest: Manifest) -> str:
    """All, one class, what is set aside, or what has no class yet: that comes first where there is any."""
    unlabelled = sum(not example.label for example in manifest.aside)
    aside = len(manifest.aside) - unlabelled
    labels = {UNLABELLED: "Without a class"} if unlabelled else {}
    labels |= {ALL: "All classes", **class_labels(manifest.classes)}
    if aside:
        labels[ASIDE] = "Laid aside"
    return choose_one("Class", labels, key=key_of("class", dataset.id))


def _part(dataset: Dataset, places: Mapping[Key, SplitName]) -> str:
    there = set(places.values())
    labels = {ALL: "All parts"} | {str(part): said for part, said in PARTS.items() if part in there}
    return choose_one(
        "Part",
        labels,
        key=key_of("part", dataset.id),
        disabled=len(labels) == 1,
        help="As it is drawn if nobody changes the split on the Model page, or as it came with the data.",
    )


def _problem(dataset: Dataset, known: DatasetFacts) -> str:
    titles = {problem.kind: printable(known.title(problem.kind)) for problem in known.problems}
    labels = {ALL: "With or without", **titles}
    return choose_one("Problem", labels, key=key_of("problem", dataset.id), disabled=not titles)


def _of_class(manifest: Manifest, label: str) -> list[ExampleState]:
    if label == UNLABELLED:
        return [ExampleState(example, False) for example in manifest.aside if not example.label]
    if label == ASIDE:
        return [ExampleState(example, False) for example in manifest.aside if example.label]
    return [ExampleState(e, True) for e in manifest.examples if label in (ALL, e.label)]


def _ordered(found: list[ExampleState], order: str) -> list[ExampleState]:
    if order == "name":
        return sorted(found, key=lambda state: state.example.name)
    return sorted(found, key=lambda state: (state.example.label, state.example.name))
