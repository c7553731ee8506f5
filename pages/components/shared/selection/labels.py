"""Labels that tell things apart: what a list, a box or a table calls each of its entries, no two alike.

Streamlit takes two options of one label for one, and so does a person. Whatever is chosen has an id; here it
gets the label that it is shown by: its name, and where another one is called the same, what tells it apart.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from tlcore.errors import printable

T = TypeVar("T", bound=Hashable)


def unique_labels(ids: Iterable[T], name: Callable[[T], str], *facts: Callable[[T], str]) -> dict[T, str]:
    """A label for each, as text, in their order.

    Args:
        name: what one is called.
        facts: what tells apart those that are called the same, the best first. Only these are asked, and a
            fact is added only where it makes a difference. Where none does, a number tells them apart.
    """
    labels = {id: name(id) for id in ids}
    groups = _alike(labels)
    for fact in facts if groups else ():
        for group in groups:
            told = {id: fact(id) for id in group}
            if len({_look(text) for text in told.values()}) > 1:
                labels |= {id: f"{labels[id]} · {text}" if text else labels[id] for id, text in told.items()}
        groups = [part for group in groups for part in _alike({id: labels[id] for id in group})]
    while groups := _alike(labels):
        for group in groups:
            labels |= {id: f"{labels[id]} · {number}" for number, id in enumerate(group, start=1)}
    return labels


def class_labels(classes: Iterable[str], most: int = 120) -> dict[str, str]:
    """A label for each class, column or sheet: its name, and with its hidden characters where it looks like
    another's.

    Args:
        most: characters that are shown of one.
    """
    return unique_labels(classes, lambda name: printable(name, most), _spelling)


def _spelling(name: str) -> str:
    return name.encode("unicode_escape").decode("ascii")


def _alike(labels: dict[T, str]) -> list[list[T]]:
    """Those of each label that several have."""
    groups: dict[str, list[T]] = defaultdict(list)
    for id, label in labels.items():
        groups[_look(label)].append(id)
    return [group for group in groups.values() if len(group) > 1]


def _look(label: str) -> str:
    """The same for labels that look the same: browsers draw many spaces as one, and marks not at all."""
    drawn = (c for c in unicodedata.normalize("NFKC", label) if unicodedata.category(c) != "Cf")
    return " ".join("".join(drawn).split())
