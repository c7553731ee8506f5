"""Whether a set of examples can be trained on: if not, refused with one clear sentence."""

from __future__ import annotations

from collections import Counter, defaultdict

import msgspec

from tlcore.data.manifest import Manifest, Split
from tlcore.data.splits import FEWEST
from tlcore.data.words import WORDS
from tlcore.errors import DataError, printable

HELD_OUT: tuple[Split, ...] = ("validation", "test")


def judge(manifest: Manifest) -> Manifest:
    """The manifest, if it can be used.

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
    return manifest


def judged(manifest: Manifest) -> Manifest:
    """The same for a data set in the making: what would refuse it becomes its `problem`."""
    plain = msgspec.structs.replace(manifest, problem="")
    if len(plain.classes) == 1:
        only = _quoted(plain.classes[0])
        return msgspec.structs.replace(plain, problem=f"There is only one class so far, {only}: add another.")
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
