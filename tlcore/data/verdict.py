"""Whether a set of examples can be trained on: refused with one clear sentence, or taken with warnings."""

from __future__ import annotations

from collections import Counter, defaultdict

import msgspec

from tlcore.data.manifest import Example, Manifest, Split
from tlcore.data.splits import FEWEST
from tlcore.data.words import WORDS
from tlcore.errors import DataError, printable

FEW = 10  # examples in a class under which results are luck
HELD_OUT: tuple[Split, ...] = ("validation", "test")


def judge(manifest: Manifest) -> Manifest:
    """The manifest with its warnings.

    A set that brings only held-out splits is judged as a whole: it can be scored, not trained on.

    Raises:
        DataError: no readable examples, fewer than two classes, a class that is only in a held-out split, or
            a class with fewer than three different readable ones or too few of them to train on.
    """
    words = WORDS[manifest.task]
    if not manifest.examples:
        raise DataError(
            f"There are no readable {words.many} in it.{_why(manifest)}", received=manifest.source
        )
    if len(manifest.classes) < 2:
        raise DataError(
            f"There is only one class in it, {_quoted(manifest.classes[0])}; two are needed.{_why(manifest)}",
            received=manifest.source,
            remedy=f"Give {words.container}.",
        )
    _check_classes(manifest)
    return msgspec.structs.replace(manifest, warnings=(*manifest.warnings, *_warnings(manifest)))


def judged(manifest: Manifest) -> Manifest:
    """The same for a data set in the making: what would refuse it becomes its `problem`."""
    plain = msgspec.structs.replace(manifest, warnings=(), problem="")
    try:
        return judge(plain)
    except DataError as error:
        return msgspec.structs.replace(plain, problem=f"{error.what} {error.remedy}".strip())


def _check_classes(manifest: Manifest) -> None:
    """Enough different examples of each class, over all and in the part that is trained on."""
    words = WORDS[manifest.task]
    different: dict[str, set[str]] = defaultdict(set)
    trained: dict[str, set[str]] = defaultdict(set)
    for example in manifest.examples:
        different[example.label].add(example.sha256)
        if example.split not in HELD_OUT:
            trained[example.label].add(example.sha256)
    brought = manifest.brought_splits()
    if trained:
        orphans = [label for label in manifest.classes if label not in trained]
        if orphans:
            raise DataError(f"The class {_some(orphans)} is not among the training {words.many}.")
    needed = 1 + sum(split not in brought for split in HELD_OUT)
    for label in sorted(manifest.classes, key=lambda label: len(different[label])):  # the smallest first
        if len(different[label]) < FEWEST:
            raise DataError(
                f"The class {_quoted(label)} has {words.counted(len(different[label]))} that can be read; "
                f"at least {FEWEST} different ones are needed.",
                remedy=f"Add {words.many} to it, or take the class out.",
            )
        if trained and len(trained[label]) < needed:
            raise DataError(
                f"The class {_quoted(label)} has {words.counted(len(trained[label]))} to train on; "
                f"at least {needed} different ones are needed.",
                remedy=f"Add {words.many} to it, or take the class out.",
            )


def _warnings(manifest: Manifest) -> list[str]:
    found = []
    words = WORDS[manifest.task]
    few = [label for label, count in manifest.counts().items() if count < FEW]
    if few:
        found.append(
            f"Fewer than {FEW} {words.many} in {_some(few)}: what is measured on so few is mostly luck."
        )
    same: dict[str, list[Example]] = defaultdict(list)
    for example in manifest.examples:
        same[example.sha256].append(example)
    torn = [group for group in same.values() if len({e.label for e in group}) > 1]
    if torn:
        found.append(
            f"{words.counted(len(torn)).capitalize()} in more than one class: at most one of them is right "
            f"({_where(torn)})."
        )
    leaked = [group for group in same.values() if _is_leaked({e.split or "train" for e in group})]
    if leaked:
        found.append(
            f"{words.counted(len(leaked)).capitalize()} both in the training part and in a held-out part: "
            f"the accuracy will look better than it is ({_where(leaked)})."
        )
    return found


def _is_leaked(splits: set[Split]) -> bool:
    return "train" in splits and len(splits) > 1


def _where(groups: list[list[Example]], most: int = 3) -> str:
    """Where the first of them lie, each with all its places."""
    places = [" and ".join(printable(e.name, 60) for e in group[:4]) for group in groups[:most]]
    more = f"; {len(groups) - most:,} more" if len(groups) > most else ""
    return "; ".join(places) + more


def _why(manifest: Manifest) -> str:
    """The commonest reason for skipping, when anything was skipped."""
    if not manifest.skipped:
        return ""
    reason, count = Counter(skip.reason for skip in manifest.skipped).most_common(1)[0]
    what = "One was" if count == 1 else f"{count:,} were"
    return f" {what} skipped: “{reason}”"


def _quoted(label: str) -> str:
    return f"“{printable(label, 60)}”"


def _some(labels: list[str], most: int = 5) -> str:
    more = f" and {len(labels) - most} more" if len(labels) > most else ""
    return ", ".join(_quoted(label) for label in labels[:most]) + more
