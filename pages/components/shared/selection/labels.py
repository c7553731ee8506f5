"""Unique labels for the entries of a list, a box or a table.

Streamlit, and a person, takes two options with equal labels for one. A label is the name of an entry; where
several names are equal, facts that differ follow.
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
        name: the name of an entry.
        facts: called only for entries with equal names, the best first. A fact is added only where it
            differs; where none differs, a number is added.
    """
    labels = {id: name(id) for id in ids}
    groups = _equal_labels(labels)
    for fact in facts if groups else ():
        for group in groups:
            texts = {id: fact(id) for id in group}
            if len({_look(text) for text in texts.values()}) > 1:
                labels |= {id: f"{labels[id]} · {text}" if text else labels[id] for id, text in texts.items()}
        groups = [part for group in groups for part in _equal_labels({id: labels[id] for id in group})]
    while groups := _equal_labels(labels):
        for group in groups:
            labels |= {id: f"{labels[id]} · {number}" for number, id in enumerate(group, start=1)}
    return labels


def class_labels(classes: Iterable[str], most: int = 120) -> dict[str, str]:
    """A label for each class, column or sheet; hidden characters are spelled out where two names look equal.

    Args:
        most: characters of a name.
    """
    return unique_labels(classes, lambda name: printable(name, most), _spelling)


def _spelling(name: str) -> str:
    return name.encode("unicode_escape").decode("ascii")


def _equal_labels(labels: dict[T, str]) -> list[list[T]]:
    """The ids of each label that more than one entry has."""
    groups: dict[str, list[T]] = defaultdict(list)
    for id, label in labels.items():
        groups[_look(label)].append(id)
    return [group for group in groups.values() if len(group) > 1]


def _look(label: str) -> str:
    """A text that is equal for labels that look equal: browsers merge spaces and draw no control marks."""
    drawn = (c for c in unicodedata.normalize("NFKC", label) if unicodedata.category(c) != "Cf")
    return " ".join("".join(drawn).split())
