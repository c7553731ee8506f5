"""Warnings about the rows that were left out, with their names."""

from __future__ import annotations

from collections import defaultdict

from tlcore.data.importing.text_files import BESIDE
from tlcore.data.manifest import Skipped
from tlcore.errors import printable

_NAMED = 3  # rows that a sentence names
_REASONS = 5


def warnings(skipped: list[Skipped]) -> list[str]:
    """Sentences about what was skipped, the commonest reason first."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for skip in skipped:
        if skip.reason != BESIDE:
            by_reason[skip.reason].append(skip.name)
    commonest = sorted(by_reason.items(), key=lambda item: -len(item[1]))
    found = [f"{len(names):,} left out: “{why}” ({_some(names)})." for why, names in commonest[:_REASONS]]
    more = sum(len(names) for _, names in commonest[_REASONS:])
    return [*found, f"{more:,} left out for other reasons."] if more else found


def _some(names: list[str]) -> str:
    more = f"; {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return "; ".join(printable(name, 60) for name in names[:_NAMED]) + more
