"""The examples in which two versions of a table differ."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

import numpy as np

from tlcore.data.examples.example import Example
from tlcore.data.examples.example_table import ExampleTable, Lineage, SortKey
from tlcore.data.examples.hashes import hash_array

_BLOCK = 65_536  # rows that are compared at once
Parted = tuple[tuple[Example, ...], tuple[Example, ...]]


def differences(was: Sequence[Example], now: ExampleTable, order: SortKey) -> Parted:
    """The examples that only the first list has, and those that only the second has.

    That is known at once where one was made of the other by changes.

    Args:
        order: both are in it.
    """
    if (steps := _steps(was, now)) is not None:
        return _sum(steps)
    if isinstance(was, ExampleTable):
        return _merge(was, now, order)
    old, new = dict.fromkeys(was), dict.fromkeys(now)
    return tuple(e for e in old if e not in new), tuple(e for e in new if e not in old)


def _steps(was: Sequence[Example], now: ExampleTable) -> list[Lineage] | None:
    """The changes that lead from one to the other, the last first; None: nobody knows."""
    steps: list[Lineage] = []
    at: Sequence[Example] = now
    while at is not was and isinstance(at, ExampleTable) and at.lineage:
        steps.append(at.lineage)
        at = at.lineage.parent
    return steps if at is was else None


def _sum(steps: list[Lineage]) -> Parted:
    old: dict[Example, None] = {}
    new: dict[Example, None] = {}
    for step in reversed(steps):
        _take_over(step.parent.pick(step.gone), new, old)
        _take_over(step.new, old, new)
    return tuple(old), tuple(new)


def _take_over(examples: Iterable[Example], there: dict[Example, None], others: dict[Example, None]) -> None:
    """Take what is `there` out of it, and put the rest to the others."""
    for example in examples:
        if example in there:
            del there[example]
        else:
            others[example] = None


def _merge(was: ExampleTable, now: ExampleTable, order: SortKey) -> Parted:
    """Go along both at once, from one difference to the next."""
    old: dict[Example, None] = {}
    new: dict[Example, None] = {}
    compared = _Rows(was, now.labels), _Rows(now, now.labels)
    one = other = 0
    while one < len(was) and other < len(now):
        same = _common(*compared, one, other)
        one, other = one + same, other + same
        if one < len(was) and other < len(now):
            before, after = order(was[one]), order(now[other])
            # All that comes before the other's next one is not there; of two in one place both differ.
            end = bisect_left(was, after, one, key=order) if before != after else one + 1
            old |= dict.fromkeys(was[one:end])
            one, end = end, bisect_left(now, before, other, key=order) if before != after else other + 1
            new |= dict.fromkeys(now[other:end])
            other = end
    old |= dict.fromkeys(was[one:])
    new |= dict.fromkeys(now[other:])
    return tuple(e for e in old if e not in new), tuple(e for e in new if e not in old)


class _Rows:
    """The columns of a table, its classes as places in `labels`; -1: it is none of them."""

    def __init__(self, table: ExampleTable, labels: tuple[str, ...]) -> None:
        place = {label: at for at, label in enumerate(labels)}
        codes = np.array([place.get(label, -1) for label in table.labels], np.int32)
        columns = table.table
        self.name = columns["name"]
        self.numbers = (
            hash_array(columns["sha256"]),
            codes[columns["label"].to_numpy()],
            columns["split"].to_numpy(),
            columns["bytes"].to_numpy(),
        )


def _common(some: _Rows, others: _Rows, one: int, other: int) -> int:
    """The number of rows from here on that are the same."""
    import pyarrow.compute as pc

    most, done, block = min(len(some.name) - one, len(others.name) - other), 0, 64
    while done < most:
        size = min(block, most - done)
        first, second = one + done, other + done
        same = pc.equal(some.name.slice(first, size), others.name.slice(second, size)).to_numpy()
        for own, their in zip(some.numbers, others.numbers, strict=True):
            same = same & (own[first : first + size] == their[second : second + size])
        if not same.all():
            return done + int(np.argmin(same))
        done, block = done + size, min(2 * block, _BLOCK)
    return done
