"""Shortcuts: traits that give a class away whatever the picture shows, such as colour, size, frame or camera.

A model that finds such a shortcut takes it, scores well on pictures of the same making and fails on others. A
small decision tree that sees these traits and nothing else names the class of pictures it has not learned
from. How dark or how large the pictures of a class are, or how much of the frame a thing fills, is often the
thing's own nature, so no trait is a matter of degree.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tlcore.data.checks.problem import CheckInput, Problem, keys, quoted
from tlcore.data.manifest import Example, Manifest

# A class is given away where its pictures are named so more often than others are, by the first number at the
# 95 % bound, and where among as many of its own and others the second share of those named so is its own. A
# white background, as pictures of wares have it, reaches 0.58 and 0.89 for motorbikes among ten classes.
SURE, PURE = 0.55, 0.9
FEWEST = 5  # pictures of a class, or with a trait, for it to be looked at
GREY = 16  # chroma below which a picture is grey: JPEG leaves a tinge
SQUARE = 0.02  # by which the sides of a square may differ
HINT = 0.3  # by which a trait is oftener in a class than elsewhere, for a tree to look at it
FOLDS, VALUES = 5, 12  # of the cross-validation; of one trait
LEAVES, LEAF = 32, 0.02  # of a tree at most, and the least of all weight that each holds
TREES = 20  # classes that are looked at
MOST_NAMED = 3  # classes that are named
_OPPOSITE = {
    "without a frame": "in a frame",
    "without the name of a camera": "with the name of a camera",
    "in colour": "grey",
    "grey": "in colour",
}


@dataclass(frozen=True)
class Trait:
    """One that some pictures have and some lack: its kind, its name after "are", who has it, (N,) bool."""

    kind: str
    name: str
    column: np.ndarray

    def opposite(self) -> Trait:
        return Trait(self.kind, _OPPOSITE.get(self.name, f"not {self.name}"), ~self.column)


@dataclass(frozen=True)
class GivenAwayClass:
    """A class that traits give away, and the pictures that the tree takes for it, (N,) bool."""

    label: str
    predicted: np.ndarray


def shortcut(data: CheckInput) -> Problem | None:
    """Classes that traits of the pictures alone give away, and how many of them."""
    examples, labels, traits = _select_examples(data.manifest)
    found = [
        one for label in _candidate_classes(labels, traits) if (one := _test_class(label, labels, traits))
    ]
    if len(found) == 2 == len(set(labels)):  # either is what the other is not: what is rarer strikes
        found = [min(found, key=lambda one: one.predicted.sum())]
    return _problem(data, examples, labels, traits, found) if found else None


def trait_accuracy(manifest: Manifest) -> float:
    """The share of the classes that such traits alone name right, cross-validated; each counts the same.

    What guessing gives, one over their number, where there is nothing to go by.
    """
    _, labels, traits = _select_examples(manifest)
    return _accuracy(labels, traits)


def _select_examples(manifest: Manifest) -> tuple[list[Example], np.ndarray, list[Trait]]:
    """Examples of the classes that are large enough, their labels and their traits."""
    held = manifest.counts()
    examples = [e for e in manifest.examples if held[e.label] >= FEWEST]
    return examples, np.array([e.label for e in examples], object), _traits(examples)


def _accuracy(labels: np.ndarray, traits: list[Trait]) -> float:
    names = sorted(set(labels))
    if len(names) < 2 or not traits:
        return 1 / max(1, len(names))
    guessed = _predict_labels(traits, labels)
    return float(np.mean([(guessed[labels == name] == name).mean() for name in names]))


def _traits(examples: list[Example]) -> list[Trait]:
    """Traits that some of the pictures have and others lack.

    A kind that is not known of every picture is left out: what came in with one version of this program would
    have it in common.
    """
    found = []
    for kind, measured in _KINDS:
        values = [measured(example) for example in examples]
        if None in values:
            continue
        for value, count in Counter(values).most_common(VALUES):
            if value and FEWEST <= count <= len(values) - FEWEST:
                found.append(Trait(kind, value, np.array([other == value for other in values])))
    return found


def _colour(example: Example) -> str | None:
    if example.look is None or example.look.chroma is None:
        return None
    return "grey" if example.look.chroma < GREY else "in colour"


def _shape(example: Example) -> str | None:
    if not example.height:
        return None
    if abs(example.width / example.height - 1) <= SQUARE:
        return "square"
    return "wide" if example.width > example.height else "upright"


def _size(example: Example) -> str | None:
    return f"{example.width} × {example.height} pixels large" if example.width else None


def _frame(example: Example) -> str | None:
    if example.look is None:
        return None
    levels = bytes.fromhex(example.look.border)
    if not levels:
        return "without a frame"
    tone = "white" if min(levels) >= 240 else "black" if max(levels) < 16 else "coloured"
    return f"in a {tone} frame"


def _file(example: Example) -> str | None:
    return f"{example.look.form} files" if example.look and example.look.form else None


def _camera(example: Example) -> str | None:
    if example.look is None or example.look.camera is None:
        return None
    return f"taken with “{example.look.camera}”" if example.look.camera else "without the name of a camera"


_KINDS: tuple[tuple[str, Callable[[Example], str | None]], ...] = (
    ("colour", _colour),
    ("shape", _shape),
    ("shape", _size),
    ("frame", _frame),
    ("file", _file),
    ("camera", _camera),
)


def _candidate_classes(labels: np.ndarray, traits: list[Trait]) -> list[str]:
    """Classes of which some trait tells something, the most telling first: the others need no tree."""
    told = {
        label: max((abs(_difference(trait.column, labels == label)) for trait in traits), default=0.0)
        for label in set(labels)
    }
    if len(told) < 2:
        return []
    return sorted((label for label in told if told[label] >= HINT), key=lambda it: (-told[it], it))[:TREES]


def _difference(column: np.ndarray, own: np.ndarray) -> float:
    """Difference between the shares of a class and of the others that have a trait, -1 to 1."""
    return float(column[own].mean() - column[~own].mean())


def _test_class(label: str, labels: np.ndarray, traits: list[Trait]) -> GivenAwayClass | None:
    """The class, where it is told so often, and others so seldom for it, that it is no chance."""
    own = labels == label
    told = _predict_labels(traits, own)
    hits, false = (told & own).sum(), (told & ~own).sum()
    is_pure = hits / own.sum() >= PURE * (hits / own.sum() + false / (~own).sum())
    sure = _lower_bound(hits, own.sum(), false, (~own).sum())
    return GivenAwayClass(label, told) if is_pure and sure >= SURE else None


def _predict_labels(traits: list[Trait], labels: np.ndarray) -> np.ndarray:
    """The class of each picture as a small tree names it that has learned from the other folds.

    Pictures with the same traits are one row to it, with their number as the weight; classes weigh the same.
    """
    from sklearn.tree import DecisionTreeClassifier

    table = np.stack([trait.column for trait in traits], axis=1)
    bits = table @ (1 << np.arange(len(traits)))  # many times faster to sort than rows
    _, first, row = np.unique(bits, return_index=True, return_inverse=True)
    rows = table[first]
    names = sorted(set(labels.tolist()))
    number = np.array([names.index(label) for label in labels.tolist()])
    fold = _folds(number)
    guessed = np.empty(len(labels), np.intp)
    for held_out in range(FOLDS):
        counts = np.zeros((len(rows), len(names)))
        np.add.at(counts, (row[fold != held_out], number[fold != held_out]), 1)
        at, of = np.nonzero(counts)
        tree = DecisionTreeClassifier(max_leaf_nodes=LEAVES, min_weight_fraction_leaf=LEAF, random_state=0)
        tree.fit(rows[at], of, sample_weight=(counts / counts.sum(axis=0))[at, of])
        guessed[fold == held_out] = tree.predict(rows)[row[fold == held_out]]
    return np.array(names, labels.dtype)[guessed]


def _folds(number: np.ndarray) -> np.ndarray:
    """A fold for each picture, as many of each class in one as in another; always the same."""
    order = np.random.default_rng(0).permutation(len(number))
    order = order[np.argsort(number[order], kind="stable")]
    fold = np.empty(len(number), np.intp)
    fold[order] = np.arange(len(number)) % FOLDS
    return fold


def _lower_bound(hits: int, own: int, false: int, others: int) -> float:
    """The least by which `hits` of `own` are a larger share than `false` of `others` (95 %, Newcombe)."""
    p, q = hits / own, false / others
    return p - q - math.hypot(p - _wilson(hits, own, -1), _wilson(false, others, 1) - q)


def _wilson(hits: int, of: int, side: int, z: float = 1.96) -> float:
    share = hits / of
    spread = z * math.sqrt(share * (1 - share) / of + (z / (2 * of)) ** 2)
    return (share + z * z / (2 * of) + side * spread) / (1 + z * z / of)


def _problem(
    data: CheckInput,
    examples: list[Example],
    labels: np.ndarray,
    traits: list[Trait],
    found: list[GivenAwayClass],
) -> Problem:
    said = " ".join(_sentence(data, one, labels, traits) for one in found[:MOST_NAMED])
    more = f" The same goes for {len(found) - MOST_NAMED:,} more classes." if len(found) > MOST_NAMED else ""
    right = _accuracy(labels, traits)
    groups = [[examples[at] for at in np.flatnonzero(one.predicted & (labels == one.label))] for one in found]
    return Problem(
        "shortcut",
        "Something other than the subject gives classes away",
        f"{said}{more} From such traits alone a small decision tree gets {right:.0%} of the classes right, "
        f"where guessing gets {1 / len(set(labels)):.0%}: a model can be right without a look at the "
        "subject. Take all classes from the same sources, or make their pictures alike.",
        tuple(keys(group) for group in groups),
    )


def _sentence(data: CheckInput, found: GivenAwayClass, labels: np.ndarray, traits: list[Trait]) -> str:
    """A sentence about the clearest trait of a class, and about one of another kind if it is as clear."""
    own = labels == found.label
    either = [*traits, *(trait.opposite() for trait in traits)]
    clear = [_difference(trait.column, own) for trait in either]
    order = sorted(range(len(either)), key=lambda at: (-clear[at], at))
    first = either[order[0]]
    count = f"{own.sum():,} {data.words.many} of {quoted([found.label])}"
    if clear[order[0]] < SURE:
        hits = (found.predicted & own).sum()
        return f"{hits:,} of {count} can be told from the others by several traits together."
    said = f"{first.column[own].sum():,} of {count} are {first.name}"
    others = (either[at] for at in order if clear[at] >= SURE and either[at].kind != first.kind)
    if second := next(others, None):
        said += f", {second.column[own].sum():,} are {second.name}"
    strange = first.column[~own].sum()
    return (
        f"{said}; of the {(~own).sum():,} others {strange:,} {'is' if strange == 1 else 'are'} {first.name}."
    )
