"""Classes that are too small, or much smaller than others."""

from __future__ import annotations

import hashlib

import numpy as np

from tlcore.config.task import INPUTS
from tlcore.data.checks.problem import CheckInput, Problem, keys, quoted, set_aside
from tlcore.data.examples.rows import have_label
from tlcore.data.manifest import Example

FEW = 10  # examples in a class under which results are luck
UNEVEN = 5  # more than so many times the examples of the smallest class in the largest: worth a word


def few(data: CheckInput) -> Problem | None:
    """Classes with very few examples."""
    small = [label for label, count in data.manifest.counts().items() if count < FEW]
    if not small:
        return None
    words = data.words
    found = [e for e in data.manifest.examples if e.labels & set(small)]
    # A picture of several classes cannot be set aside for one of them.
    has_one_each = INPUTS[data.manifest.task] == data.manifest.task
    is_left = has_one_each and len(data.manifest.classes) - len(small) >= 2
    return Problem(
        "few",
        f"Fewer than {FEW} {words.many} in a class",
        f"{quoted(small)}: what is measured on so few is mostly luck. Add more if you can"
        + (", or set these classes aside." if is_left else "."),
        (keys(found),),
        set_aside(found) if is_left else (),
        "Set these classes aside" if is_left else "",
    )


def uneven(data: CheckInput) -> Problem | None:
    """One class much larger than another."""
    counts = data.manifest.counts()
    if len(counts) < 2:
        return None
    largest, smallest = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    if counts[largest] <= UNEVEN * counts[smallest]:
        return None
    surplus = _surplus(data, UNEVEN * counts[smallest])
    return Problem(
        "uneven",
        "Uneven classes",
        f"{quoted([largest])} has {data.words.counted(counts[largest])}, {quoted([smallest])} "
        f"{counts[smallest]:,}. The accuracy says little about the small classes. Training already gives "
        f"their {data.words.many} more weight; more of them would help most. Or set some of the "
        f"large classes aside, so that none has more than {UNEVEN} times as many as another.",
        (keys(_of_class(data, smallest)),),
        set_aside(surplus) if surplus else (),
        f"Set {len(surplus):,} of the large classes aside" if surplus else "",
    )


def _surplus(data: CheckInput, most: int) -> list[Example]:
    """Examples beyond `most` in each class, drawn at random but always the same."""
    large = [label for label, count in data.manifest.counts().items() if count > most]
    return [e for label in large for e in sorted(_of_class(data, label), key=_draw_key)[most:]]


def _of_class(data: CheckInput, label: str) -> list[Example]:
    rows = np.flatnonzero(have_label(data.manifest.examples, label))
    return [data.manifest.examples[row] for row in rows.tolist()]


def _draw_key(example: Example) -> bytes:
    return hashlib.sha256(f"{example.sha256}\0{example.name}".encode(errors="replace")).digest()
