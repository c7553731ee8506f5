"""What gives a class away without a look at the thing itself: frame, size or file type of the pictures.

A model that finds such a shortcut takes it, scores well on pictures of the same making and fails on others.
Whether there is one is asked as a model would use it: guess each picture's class as the commonest among the
others with the same frame, say, and count how often that is right.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable

from tlcore.data.checks.problem import Given, Problem, keys, laid_aside, quoted
from tlcore.data.manifest import Example

GAIN = 0.15  # of all pictures guessed right beyond what the commonest class gives: worth a word
PURE = 0.9  # share of one class among the pictures of a telling kind
SEEN = 5  # pictures of a kind, for it to be told
MOST = 0.5  # of a class that the remedy may take

Trait = Callable[[Example], str]


def border(given: Given) -> Problem | None:
    """Frames around the pictures of some classes."""
    return _shortcut(
        given,
        "border",
        "Frames give classes away",
        lambda e: f"a frame of the colour #{e.look.border}" if e.look and e.look.border else "no frame",
        "Cut the frames off, or give every class some.",
    )


def size(given: Given) -> Problem | None:
    """Pictures of one class that share a size, or a shape."""
    return _shortcut(
        given,
        "size",
        "Sizes give classes away",
        lambda e: f"{e.width} × {e.height} pixels" if e.width else "",
        "Bring all classes from the same kind of source; else cut the pictures to one shape.",
    )


def file_type(given: Given) -> Problem | None:
    """File types that go with classes: what one program wrote looks different from what another did."""
    return _shortcut(
        given,
        "file_type",
        "File types give classes away",
        lambda e: e.look.form if e.look else "",
        "The traces that each way of saving leaves can be seen. Bring all classes in the same way.",
    )


def _shortcut(given: Given, kind: str, title: str, trait: Trait, advice: str) -> Problem | None:
    examples = [e for e in given.manifest.examples if trait(e)]
    if len(given.manifest.classes) < 2 or not examples:
        return None
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for example in examples:
        counts[trait(example)][example.label] += 1
    commonest = max(Counter(e.label for e in examples).values()) / len(examples)
    guessed = sum(_guessed(counts[trait(e)], e.label) for e in examples) / len(examples)
    telling = _telling(counts)
    if guessed - commonest < GAIN or not telling:
        return None
    value, label = next(iter(telling.items()))
    found = {v: [e for e in examples if trait(e) == v and e.label == telling[v]] for v in telling}
    behind = [e for group in found.values() for e in group]
    remedy = laid_aside(behind) if _is_spared(given, behind) else ()
    return Problem(
        kind,
        title,
        f"{counts[value][label]:,} of {counts[value].total():,} {given.words.many} with {value} are "
        f"{quoted([label])}. By this alone {guessed:.0%} of the classes can be guessed, where the commonest "
        f"class gives {commonest:.0%}: a model can be right without a look at the thing. {advice}",
        tuple(keys(group) for group in found.values()),
        remedy,
        "Lay them aside" if remedy else "",
    )


def _guessed(same: Counter[str], label: str) -> bool:
    """Whether the others of the same trait give the class; ties do not."""
    others = same.copy()
    others[label] -= 1
    return (
        all(others[label] > count for other, count in others.items() if other != label) and others[label] > 0
    )


def _telling(counts: dict[str, Counter[str]]) -> dict[str, str]:
    """The traits that nearly always mean one class, commonest first.

    Not the one that most pictures have, unless it alone does: what differs from it is what strikes.
    """
    order = sorted(counts, key=lambda value: (-counts[value].total(), value))
    found = {}
    for value in order:
        label, count = counts[value].most_common(1)[0]
        if count >= SEEN and count >= PURE * counts[value].total():
            found[value] = label
    if len(found) > 1:
        found.pop(order[0], None)
    return found


def _is_spared(given: Given, found: list[Example]) -> bool:
    """Whether enough of every class stays when these go."""
    gone = Counter(example.label for example in found)
    counts = given.manifest.counts()
    return all(count <= MOST * counts[label] for label, count in gone.items())
