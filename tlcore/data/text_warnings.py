"""What is worth knowing about texts that were taken and rows that were not, with the rows behind it.

`verdict.py` adds what holds for every kind of example: few in a class, one in two classes or two splits.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from tlcore.data.manifest import Example, Skipped
from tlcore.data.text_sources import BESIDE
from tlcore.errors import printable

UNEVEN = 5  # times more texts in the largest class than in the smallest: worth a word
_NAMED = 3  # rows that a sentence names
_REASONS = 5


def warnings(examples: list[Example], skipped: list[Skipped]) -> list[str]:
    """Sentences about what was skipped, texts that come again with the same label, and uneven classes."""
    return [*_left_out(skipped), *_repeated(examples), *_uneven(examples)]


def _left_out(skipped: list[Skipped]) -> list[str]:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for skip in skipped:
        if skip.reason != BESIDE:
            by_reason[skip.reason].append(skip.name)
    commonest = sorted(by_reason.items(), key=lambda item: -len(item[1]))
    found = [f"{len(names):,} left out: “{why}” ({_some(names)})." for why, names in commonest[:_REASONS]]
    more = sum(len(names) for _, names in commonest[_REASONS:])
    return [*found, f"{more:,} left out for other reasons."] if more else found


def _repeated(examples: list[Example]) -> list[str]:
    seen: set[tuple[str, str]] = set()
    again = []
    for example in examples:
        key = (example.sha256, example.label)
        if key in seen:
            again.append(example.name)
        seen.add(key)
    if not again:
        return []
    texts = "One text comes" if len(again) == 1 else f"{len(again):,} texts come"
    return [f"{texts} again with the same label ({_some(again)}): each time it counts."]


def _uneven(examples: list[Example]) -> list[str]:
    counts = Counter(example.label for example in examples).most_common()
    if not counts or counts[0][1] < UNEVEN * counts[-1][1]:
        return []
    (largest, most), (smallest, least) = counts[0], counts[-1]
    return [
        f"The classes are uneven: “{printable(largest, 60)}” has {most:,} texts, “{printable(smallest, 60)}” "
        f"{least:,}. The accuracy says little about the small ones."
    ]


def _some(names: list[str]) -> str:
    more = f"; {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return "; ".join(printable(name, 60) for name in names[:_NAMED]) + more
