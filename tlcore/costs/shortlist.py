"""The backbones to look at first: recommended, at hand, or worth the longer wait.

Of the others a quicker one is published to be as accurate, or nothing is published. Figures of frozen
features and of whole networks are two kinds, and are compared among themselves only. What does not fit into
the memory, or takes longer than a person wants to wait, is left out and counted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tlcore.backbones.catalogue.entry import FILE_PREFIX, Backbone
from tlcore.backbones.catalogue.families import (
    RECOMMENDED,
    AccuracyKind,
    accuracy_kind,
    published_accuracy,
)

WORTH_WAITING = 1.0  # percentage points by which a slower one has to be better than all quicker of its kind


@dataclass(frozen=True)
class Prospect:
    """The first training on a backbone: its time, without a download, and its memory."""

    seconds: float
    memory_bytes: int


@dataclass(frozen=True)
class Shortlist:
    """Ids in the order to show them in, and how many were left out for each reason."""

    ids: tuple[str, ...]
    too_large: int
    too_slow: int
    surpassed: int


def shortlist(
    entries: Mapping[str, Backbone],
    prospects: Mapping[str, Prospect],
    memory: int,
    patience: float | None,
    always: Collection[str],
) -> Shortlist:
    """The short list of `entries`, by id.

    Args:
        prospects: of each entry.
        memory: bytes that this computer has.
        patience: seconds that the first training may take; None: as long as it takes.
        always: ids that are on it whatever they take: those at hand, and the one that is chosen.
    """
    optional = [id for id in entries if id not in always]
    fitting = [id for id in optional if prospects[id].memory_bytes <= memory]
    in_time = [id for id in fitting if patience is None or prospects[id].seconds <= patience]
    known = [id for id in entries if id in always or id in in_time]
    good = {*always, *worth_waiting(known, entries, prospects), *(id for id in in_time if id in RECOMMENDED)}
    return Shortlist(
        tuple(id for id in in_order(entries, prospects) if id in good),
        too_large=len(optional) - len(fitting),
        too_slow=len(fitting) - len(in_time),
        surpassed=sum(id not in good for id in in_time),
    )


def worth_waiting(
    ids: Sequence[str], entries: Mapping[str, Backbone], prospects: Mapping[str, Prospect]
) -> list[str]:
    """Those that are published to be clearly more accurate, at their own size, than all of their kind that
    are quicker, the quickest first.
    """
    found: list[str] = []
    best: dict[AccuracyKind, float] = {}
    for id in sorted(ids, key=lambda id: (prospects[id].seconds, -_accuracy(entries[id]))):
        kind, accuracy = accuracy_kind(entries[id]), _accuracy(entries[id])
        if entries[id].tested_size:  # of larger pictures, which take longer
            continue
        if accuracy >= best.get(kind, 0.0) + WORTH_WAITING:
            found.append(id)
            best[kind] = accuracy
    return found


def in_order(entries: Mapping[str, Backbone], prospects: Mapping[str, Prospect]) -> list[str]:
    """All ids: the recommended ones, those worth waiting for and at last the others, each time from quick to
    slow; those that came in files stay behind all.
    """
    worth = {*RECOMMENDED, *worth_waiting([*entries], entries, prospects)}

    def place(id: str) -> tuple[bool, bool, bool, float]:
        return id.startswith(FILE_PREFIX), id not in RECOMMENDED, id not in worth, prospects[id].seconds

    return sorted(entries, key=place)


def _accuracy(entry: Backbone) -> float:
    return published_accuracy(entry) or 0.0
