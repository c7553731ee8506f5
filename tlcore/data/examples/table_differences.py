"""The examples in which two versions of a table differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tlcore.data.examples.example import Example
from tlcore.data.examples.example_table import ExampleTable, Lineage
from tlcore.data.examples.hashes import HASH_BYTES, hash_array

if TYPE_CHECKING:
    import pyarrow as pa

_TOGETHER = 65_536  # rows that are compared at once: a join of a million takes 200 MB
Parted = tuple[tuple[Example, ...], tuple[Example, ...]]


def differences(was: Sequence[Example], now: ExampleTable) -> Parted:
    """The examples that only the first list has, and those that only the second has.

    That is known at once where one was made of the other by changes.
    """
    if (steps := _steps(was, now)) is not None:
        return _sum(steps)
    if isinstance(was, ExampleTable):
        return _anti_joined(was, now)
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


def _anti_joined(was: ExampleTable, now: ExampleTable) -> Parted:
    """The rows that have no equal on the other side, found among those of like SHA-256 at a time."""
    labels = tuple(dict.fromkeys((*was.labels, *now.labels)))
    whole, parts = (was.coded(labels), now.coded(labels)), 1 + max(len(was), len(now)) // _TOGETHER
    numbers = [_part_numbers(table, parts) for table in whole]
    found: tuple[list[np.ndarray], list[np.ndarray]] = [], []
    for part in range(parts):
        rows = [np.flatnonzero(each == part) for each in numbers]
        sides = [table.take(each) for table, each in zip(whole, rows, strict=True)]
        for own in (0, 1):
            left = sides[own].append_column("row", [rows[own]])
            alone = left.join(sides[1 - own], keys=sides[own].column_names, join_type="left anti")
            found[own].append(alone["row"].to_numpy())
    old, new = (np.sort(np.concatenate(rows)) for rows in found)
    return tuple(was.pick(old)), tuple(now.pick(new))


def _part_numbers(table: pa.Table, parts: int) -> np.ndarray:
    """One of so many parts for each row, (n,), by the first byte of its SHA-256."""
    first = hash_array(table["sha256"]).view(np.uint8)[::HASH_BYTES]
    return first.astype(np.int32) * parts // 256
