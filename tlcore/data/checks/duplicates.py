"""Examples that are there more than once, or nearly: harmless on one side, else the worst fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tlcore.data.checks.problem import CheckInput, Problem, keys, laid_aside, quoted
from tlcore.data.edits import Edit, MoveToSplit, apply
from tlcore.data.manifest import Example, Key, Manifest, Split
from tlcore.data.splits import HELD_OUT

REST_ASIDE = "Keep the best of each, lay the rest aside"


def two_classes(given: CheckInput) -> Problem | None:
    """Pictures that look the same and are called differently: at most one name is right."""
    return _called_differently(given, given.lookalikes)


def equal_in_two_classes(given: CheckInput) -> Problem | None:
    """The same bytes called differently; for texts, of which a digit or a mark may change the class."""
    return _called_differently(given, _equal(given.manifest.examples))


def _called_differently(given: CheckInput, groups: list[list[Example]]) -> Problem | None:
    found = [group for group in groups if len({e.label for e in group}) > 1]
    if not found:
        return None
    names = sorted({e.label for e in found[0]})
    return Problem(
        "two_classes",
        f"The same {given.words.one} in more than one class",
        f"{given.counted(len(found))} {_is(found)} there as copies that are called differently, for example "
        f"{quoted(names[:1])} and {quoted(names[1:2])}. At most one of these names is right, and a model "
        f"cannot learn both. Look through them and name them, or lay all of them aside.",
        tuple(keys(group) for group in found),
        laid_aside(example for group in found for example in group),
        "Lay all of them aside",
        grave=True,
    )


def nearly_in_two_classes(given: CheckInput) -> Problem | None:
    """Nearly the same and called differently: only a person can tell whether that is right."""
    found = [
        group
        for group in given.lookalikes
        if len({e.label for e in group}) > 1 and len({e.sha256 for e in group}) > 1
    ]
    if not found:
        return None
    words = given.words
    return Problem(
        "nearly_two_classes",
        f"Nearly the same {words.one} in more than one class",
        f"{given.counted(sum(map(len, found)))} differ from one in another class only in {words.nearly}. "
        "That may be just what tells the classes apart; look through them.",
        tuple(keys(group) for group in found),
    )


def _equal(examples: Iterable[Example]) -> list[list[Example]]:
    """Examples with the same bytes, in groups of two or more."""
    same: dict[str, list[Example]] = {}
    for example in examples:
        same.setdefault(example.sha256, []).append(example)
    return [group for group in same.values() if len(group) > 1]


def crossing(given: CheckInput) -> Problem | None:
    """Look-alikes on both sides of the split: the score is then partly a test of memory."""
    found = [group for group in given.lookalikes if _is_torn(given, group)]
    if not found:
        return None
    held_out = [e for group in found for e in group if given.places[e.key] in HELD_OUT]
    remedy = _regrouped(given, found)
    look = "looks" if len(held_out) == 1 else "look"
    words = given.words
    what = (
        "Put each group on one side, and the score is honest."
        if remedy
        else (f"These classes consist of look-alikes only: add {words.many} that were made another time.")
    )
    return Problem(
        "crossing",
        "Look-alikes on both sides of the split",
        f"{given.counted(len(held_out))} for validation and test {look} the same as one to train on, but for "
        f"{words.nearly} at most. A model knows the answer by heart, so the score is better than it "
        f"should be. {what}",
        tuple(keys(group) for group in found),
        remedy,
        "Put look-alikes on one side" if remedy else "",
        grave=True,
    )


def _is_torn(given: CheckInput, group: list[Example]) -> bool:
    places = {given.places.get(example.key, "unused") for example in group} - {"unused"}
    return "train" in places and len(places) > 1


def _regrouped(given: CheckInput, found: list[list[Example]]) -> tuple[Edit, ...]:
    """Each group to where most of it lies, else all to the training part; empty: neither parts them.

    In doubt the held-out part has it: what is tested stays the same, and the scores can be compared.
    """
    most = _moves([(group, _side(given, group)) for group in found])
    train = _moves([(group, "train") for group in found])
    return next((moves for moves in (most, train) if _helps(given.manifest, found, moves)), ())


def _side(given: CheckInput, group: list[Example]) -> Split:
    count = Counter(given.places[example.key] for example in group)
    sides: tuple[Split, ...] = (*HELD_OUT, "train")
    return max(sides, key=lambda side: count[side])


def _moves(wanted: list[tuple[list[Example], Split]]) -> tuple[Edit, ...]:
    moved: dict[Split, list[Key]] = {}
    for group, side in wanted:
        moved.setdefault(side, []).extend(e.key for e in group if e.split != side)
    return tuple(MoveToSplit(tuple(group), side) for side, group in moved.items() if group)


def _helps(manifest: Manifest, found: list[list[Example]], moves: tuple[Edit, ...]) -> bool:
    """Whether it can still be trained on after that; parts that are drawn are not parted by hand."""
    if not moves or not all(example.split for group in found for example in group):
        return False
    for move in moves:
        manifest = apply(manifest, move)
    return not manifest.problem


def exact(given: CheckInput) -> Problem | None:
    """The same bytes more than once in a class."""
    by_class: dict[str, list[Example]] = {}
    for example in given.manifest.examples:
        by_class.setdefault(example.label, []).append(example)
    found = [group for examples in by_class.values() for group in _equal(examples)]
    if not found:
        return None
    return Problem(
        "exact",
        "Exact copies",
        f"{given.counted(len(found))} {_is(found)} there more than once, so that each counts "
        f"several times.{_together(given, found)}",
        tuple(keys(group) for group in found),
        laid_aside(example for group in found for example in group[1:]),
        "Keep one of each, lay the rest aside",
    )


def near(given: CheckInput) -> Problem | None:
    """What looks the same in one class without being the same bytes."""
    found = [
        group
        for group in given.lookalikes
        if len({e.sha256 for e in group}) > 1 and len({e.label for e in group}) == 1
    ]
    if not found:
        return None
    count = sum(len({e.sha256 for e in group}) for group in found)
    return Problem(
        "near",
        "Near copies",
        f"{given.counted(count)} look the same as another one but for {given.words.nearly}. "
        f"They teach little that is new.{_together(given, found)}",
        tuple(keys(group) for group in found),
        laid_aside(example for group in found for example in group[1:]),
        REST_ASIDE,
    )


def _together(given: CheckInput, found: list[list[Example]]) -> str:
    """What becomes of them in the split, unless one of them is parted."""
    is_torn = any(_is_torn(given, group) for group in found)
    return "" if is_torn or not given.places else " They stay on one side of the split."


def _is(found: list[list[Example]]) -> str:
    return "is" if len(found) == 1 else "are"
