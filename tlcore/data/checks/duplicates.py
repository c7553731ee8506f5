"""Duplicates and near duplicates: harmless on one side of the split, the worst fault across it."""

from __future__ import annotations

import itertools
from collections import Counter

from tlcore.data.checks.problem import CheckInput, Problem, keys, quoted, set_aside
from tlcore.data.manifest import Example, Key, Manifest, Split
from tlcore.data.splits import HELD_OUT
from tlcore.data.versions.edits import Edit, MoveToSplit, apply

KEEP_BEST = "Keep the best of each, set the rest aside"


def two_classes(data: CheckInput) -> Problem | None:
    """Pictures that look the same in different classes: at most one is right."""
    return _conflicting_labels(data, data.lookalikes)


def equal_in_two_classes(data: CheckInput) -> Problem | None:
    """The same bytes in different classes; for texts, where a digit or a mark may change the class."""
    return _conflicting_labels(data, data.copies)


def _conflicting_labels(data: CheckInput, groups: list[list[Example]]) -> Problem | None:
    groups = [group for group in groups if len({e.label for e in group}) > 1]
    if not groups:
        return None
    names = sorted({e.label for e in groups[0]})
    return Problem(
        "two_classes",
        f"The same {data.words.one} in more than one class",
        f"{data.counted(len(groups))} {_verb(groups)} there as copies with different classes, for example "
        f"{quoted(names[:1])} and {quoted(names[1:2])}. At most one is right, and a model cannot "
        f"learn both. Give each the right class, or set all of them aside.",
        tuple(keys(group) for group in groups),
        set_aside(example for group in groups for example in group),
        "Set all of them aside",
        grave=True,
    )


def nearly_in_two_classes(data: CheckInput) -> Problem | None:
    """Near copies in different classes: only a person can tell whether that is right."""
    groups = [
        group
        for group in data.lookalikes
        if len({e.label for e in group}) > 1 and len({e.sha256 for e in group}) > 1
    ]
    if not groups:
        return None
    words = data.words
    return Problem(
        "nearly_two_classes",
        f"Nearly the same {words.one} in more than one class",
        f"{data.counted(sum(map(len, groups)))} differ from one in another class only in {words.nearly}. "
        "This may be the very thing that tells the classes apart: look through them.",
        tuple(keys(group) for group in groups),
    )


def crossing(data: CheckInput) -> Problem | None:
    """Look-alikes on both sides of the split: the score is then partly a test of memory."""
    groups = [group for group in data.lookalikes if _is_torn(data, group)]
    if not groups:
        return None
    held_out = [e for group in groups for e in group if data.places[e.key] in HELD_OUT]
    remedy = _regroup(data, groups)
    look = "looks" if len(held_out) == 1 else "look"
    words = data.words
    what = (
        "Put each group on one side for an honest score."
        if remedy
        else (f"These classes hold nothing but look-alikes: add other {words.many}.")
    )
    return Problem(
        "crossing",
        "Look-alikes on both sides of the split",
        f"{data.counted(len(held_out))} for validation and test {look} the same as one to train on, but for "
        f"{words.nearly} at most. The model has seen the answer, so the score is better than it "
        f"should be. {what}",
        tuple(keys(group) for group in groups),
        remedy,
        "Put look-alikes on one side" if remedy else "",
        grave=True,
    )


def _is_torn(data: CheckInput, group: list[Example]) -> bool:
    places = {data.places.get(example.key, "unused") for example in group} - {"unused"}
    return "train" in places and len(places) > 1


def _regroup(data: CheckInput, groups: list[list[Example]]) -> tuple[Edit, ...]:
    """Moves of each group to where most of it lies, else of all to training; empty: neither helps.

    At a tie it goes to the held-out part: the test stays the same, and scores can be compared.
    """
    most = _moves([(group, _side(data, group)) for group in groups])
    train = _moves([(group, "train") for group in groups])
    return next((moves for moves in (most, train) if _helps(data.manifest, groups, moves)), ())


def _side(data: CheckInput, group: list[Example]) -> Split:
    count = Counter(data.places[example.key] for example in group)
    sides: tuple[Split, ...] = (*HELD_OUT, "train")
    return max(sides, key=lambda side: count[side])


def _moves(wanted: list[tuple[list[Example], Split]]) -> tuple[Edit, ...]:
    moved: dict[Split, list[Key]] = {}
    for group, side in wanted:
        moved.setdefault(side, []).extend(e.key for e in group if e.split != side)
    return tuple(MoveToSplit(tuple(group), side) for side, group in moved.items() if group)


def _helps(manifest: Manifest, groups: list[list[Example]], moves: tuple[Edit, ...]) -> bool:
    """True if the data set can still be trained on after the moves; a drawn split is not changed by hand."""
    if not moves or not all(example.split for group in groups for example in group):
        return False
    for move in moves:
        manifest = apply(manifest, move)
    return not manifest.problem


def exact(data: CheckInput) -> Problem | None:
    """The same bytes more than once in a class."""
    of_class: dict[tuple[str, str], list[Example]] = {}
    for example in itertools.chain.from_iterable(data.copies):
        of_class.setdefault((example.label, example.sha256), []).append(example)
    groups = [group for _, group in sorted(of_class.items(), key=lambda one: one[0][0]) if len(group) > 1]
    if not groups:
        return None
    return Problem(
        "exact",
        "Exact copies",
        f"{data.counted(len(groups))} {_verb(groups)} there more than once, and each copy "
        f"counts.{_split_note(data, groups)}",
        tuple(keys(group) for group in groups),
        set_aside(example for group in groups for example in group[1:]),
        "Keep one of each, set the rest aside",
    )


def near(data: CheckInput) -> Problem | None:
    """Near copies in one class that are not the same bytes."""
    groups = [
        group
        for group in data.lookalikes
        if len({e.sha256 for e in group}) > 1 and len({e.label for e in group}) == 1
    ]
    if not groups:
        return None
    count = sum(len({e.sha256 for e in group}) for group in groups)
    return Problem(
        "near",
        "Near copies",
        f"{data.counted(count)} look the same as another one but for {data.words.nearly}. "
        f"They add little.{_split_note(data, groups)}",
        tuple(keys(group) for group in groups),
        set_aside(example for group in groups for example in group[1:]),
        KEEP_BEST,
    )


def _split_note(data: CheckInput, groups: list[list[Example]]) -> str:
    """A sentence about the split; "" where look-alikes lie on both sides of it."""
    is_torn = any(_is_torn(data, group) for group in groups)
    return "" if is_torn or not data.places else " They stay on one side of the split."


def _verb(groups: list[list[Example]]) -> str:
    return "is" if len(groups) == 1 else "are"
