"""Which examples are looked at: by class, by part, by problem, by what is in them; and in which order.

One row of boxes for every task; a task only says what a search looks at. The examples come out as `State`s,
in order, and whoever shows them takes a page of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from pages.components.known import Known
from pages.components.parts import PARTS
from tlcore.data.dataset import Dataset
from tlcore.data.edits import State
from tlcore.data.manifest import Example, Key, Manifest, Place
from tlcore.errors import printable

ALL, ASIDE, UNLABELLED = "\0all", "\0aside", "\0unlabelled"  # no class is called so
ORDERS = {"class": "Class", "name": "Name"}


def sift(
    dataset: Dataset, manifest: Manifest, known: Known, has: Callable[[Example, str], bool], search: str
) -> tuple[list[State], str]:
    """The boxes, and what they leave: the examples in order, and a short name of this choice for keys.

    Args:
        has: whether an example has these words, given in lower case, in it.
        search: what the search box says while it is empty.
    """
    with st.grid(5, min_column_width=140):
        label = _class(dataset, manifest)
        part = _part(dataset, known.places)
        problem = _problem(dataset, known)
        wanted = st.text_input("Search", placeholder=search, key=f"search_{dataset.id}").strip().casefold()
        order = st.selectbox(
            "Sorted by", list(ORDERS), format_func=ORDERS.__getitem__, key=f"order_{dataset.id}"
        )
    found = _of_class(manifest, label)
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
    """All, one class, what lies aside, or what has no class yet: that comes first where there is any."""
    unlabelled = sum(not example.label for example in manifest.aside)
    aside = len(manifest.aside) - unlabelled
    options = [ALL, *manifest.classes, *([ASIDE] if aside else [])]
    if unlabelled:
        options = [UNLABELLED, *options]
    names = {ALL: "All classes", ASIDE: "Laid aside", UNLABELLED: "Without a class"}
    return st.selectbox(
        "Class",
        options,
        format_func=lambda label: names.get(label) or printable(label),
        key=_steady(f"class_{dataset.id}", options),
    )


def _part(dataset: Dataset, places: Mapping[Key, Place]) -> str:
    options = [ALL, *(place for place in PARTS if place in set(places.values()))]
    return st.selectbox(
        "Part",
        options,
        format_func=lambda part: PARTS.get(part, "All parts"),  # type: ignore[call-overload]
        key=_steady(f"part_{dataset.id}", options),
        disabled=len(options) == 1,
        help="As it is drawn if nobody changes the split on the Model page, or as it came with the data.",
    )


def _problem(dataset: Dataset, known: Known) -> str:
    titles = {problem.kind: known.title(problem.kind) for problem in known.problems}
    options = [ALL, *titles]
    return st.selectbox(
        "Problem",
        options,
        format_func=lambda kind: printable(titles.get(kind, "With or without")),
        key=_steady(f"problem_{dataset.id}", options),
        disabled=not titles,
    )


def _steady(key: str, options: Sequence[str]) -> str:
    """The key; a choice that is none any more, since the data changed, goes back to the first."""
    if st.session_state.get(key, None) not in (None, *options):
        del st.session_state[key]
    return key


def _of_class(manifest: Manifest, label: str) -> list[State]:
    if label == UNLABELLED:
        return [State(example, False) for example in manifest.aside if not example.label]
    if label == ASIDE:
        return [State(example, False) for example in manifest.aside if example.label]
    return [State(e, True) for e in manifest.examples if label in (ALL, e.label)]


def _ordered(found: list[State], order: str) -> list[State]:
    if order == "name":
        return sorted(found, key=lambda state: state.example.name)
    return sorted(found, key=lambda state: (state.example.label, state.example.name))
