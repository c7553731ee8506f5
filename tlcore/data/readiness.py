"""Readiness of a data set for training; what is missing is one clear sentence."""

from __future__ import annotations

from collections import Counter, defaultdict

import msgspec
import numpy as np

from tlcore.data.examples.example_columns import SPLIT_NUMBERS, ExampleColumns
from tlcore.data.examples.example_table import ExampleTable
from tlcore.data.manifest import Manifest, Split, Task
from tlcore.data.splits import FEWEST
from tlcore.data.task_words import WORDS
from tlcore.errors import DataError, printable

FEWEST_CLASSES: dict[Task, int] = {"images": 2, "texts": 2, "detection": 1, "segmentation": 2}
HELD_OUT: tuple[Split, ...] = ("validation", "test")


def check_ready(manifest: Manifest) -> Manifest:
    """The manifest, if it can be used.

    A set that brings only held-out splits is judged as a whole: it can be scored, not trained on.

    Raises:
        DataError: no readable examples, none with a class, fewer than two classes, a class that is only in a
            held-out split, or one with fewer than three different readable ones or too few to train on.
    """
    words = WORDS[manifest.task]
    if not manifest.examples:
        raise no_examples_error(manifest)
    if not any(example.label for example in manifest.examples):
        return _check_objects(manifest)
    if len(manifest.classes) < FEWEST_CLASSES[manifest.task]:
        raise DataError(
            f"There is only one class, {_quote(manifest.classes[0])}; two are needed.{_skip_note(manifest)}",
            received=manifest.source,
            remedy=f"Give {words.container}. {words.drawing}".strip(),
        )
    _check_classes(manifest)
    return manifest


def _check_objects(manifest: Manifest) -> Manifest:
    """The manifest of pictures in which objects or areas have classes, if it can be used.

    Raises:
        DataError: there is nothing to find or tell apart, or there are fewer than three different pictures.
    """
    words = WORDS[manifest.task]
    shown = [label for label, count in manifest.counts().items() if count]
    if len(shown) < FEWEST_CLASSES[manifest.task]:
        only = f" but {_quote(shown[0])}" if shown else ""
        raise DataError(
            f"No {words.one} shows anything to find{only}.{_skip_note(manifest)}",
            received=manifest.source,
            remedy=f"{words.sorting} Or give {words.container}.",
        )
    different = len({example.sha256 for example in manifest.examples})
    if different < FEWEST:
        raise DataError(
            f"There {'is' if different == 1 else 'are'} {words.counted(different)} with annotations that can "
            f"be read; at least {FEWEST} different ones are needed.{_skip_note(manifest)}",
            received=manifest.source,
            remedy=f"Annotate more {words.many}.",
        )
    return manifest


def with_problem(manifest: Manifest) -> Manifest:
    """The manifest of a data set in the making: what `check_ready` would refuse becomes its `problem`."""
    plain = msgspec.structs.replace(manifest, problem="")
    if not plain.examples and plain.aside:
        return msgspec.structs.replace(plain, problem=" ".join(_describe_unused(plain)))
    if len(plain.classes) == 1 and plain.examples and plain.examples[0].label:
        only = _quote(plain.classes[0])
        return msgspec.structs.replace(plain, problem=f"There is only one class so far, {only}: add another.")
    try:
        return check_ready(plain)
    except DataError as error:
        return msgspec.structs.replace(plain, problem=f"{error.what} {error.remedy}".strip())


def no_examples_error(manifest: Manifest) -> DataError:
    """The error for an import without anything to train on."""
    many = WORDS[manifest.task].many
    if not manifest.aside:
        return DataError(
            f"There are no readable {many} in it.{_skip_note(manifest)}", received=manifest.source
        )
    return DataError(
        _describe_unused(manifest)[0],
        received=manifest.source,
        remedy="Put each class into a folder of its own; or import one class after the other, with --label "
        "CLASS; or import all as they are, and sort them in the gallery on the Data page.",
    )


def _describe_unused(manifest: Manifest) -> tuple[str, str]:
    """A problem and its remedy for a data set that uses none of its examples."""
    words, number = WORDS[manifest.task], len(manifest.aside)
    if any(example.is_labelled for example in manifest.aside):
        return f"All {words.many} are set aside.", "Use some of them again."
    what = f"The only {words.one} in it lies" if number == 1 else f"All {number:,} {words.many} in it lie"
    return (
        f"{what} {words.unsorted}.",
        words.sorting,
    )


def _check_classes(manifest: Manifest) -> None:
    """Enough different examples of each class, over all and in the part that is trained on."""
    words = WORDS[manifest.task]
    counts = _count_different(manifest)
    _, trained = counts
    orphans = [label for label in manifest.classes if label not in trained]
    if trained and orphans:
        raise DataError(f"The class {_quote_some(orphans)} is not among the training {words.many}.")
    small = _too_small(manifest, *counts)
    if small:
        label, has = next(iter(small.items()))
        more = f" {len(small) - 1:,} other{'s are' if len(small) > 2 else ' is'} too small as well."
        raise DataError(
            f"The class {_quote(label)} has {has}.{more if len(small) > 1 else ''}",
            remedy=f"Add {words.many} to it, or take the class out.",
        )


def too_small(manifest: Manifest) -> dict[str, str]:
    """The classes with too few examples to train on, the smallest first: what each has and what it needs."""
    return _too_small(manifest, *_count_different(manifest))


def _too_small(manifest: Manifest, different: Counter[str], trained: Counter[str]) -> dict[str, str]:
    words = WORDS[manifest.task]
    brought = manifest.brought_splits()
    needed = 1 + sum(split not in brought for split in HELD_OUT)
    found = {}
    for label in sorted(manifest.classes, key=lambda label: different[label]):
        if different[label] < FEWEST:
            has = f"{words.counted(different[label])} that can be read"
            found[label] = f"{has}; at least {FEWEST} different ones are needed"
        elif trained and trained[label] < needed:
            has = f"{words.counted(trained[label])} to train on"
            found[label] = f"{has}; at least {needed} different ones are needed"
    return found


def _count_different(manifest: Manifest) -> tuple[Counter[str], Counter[str]]:
    """Number of different examples in each class: of all, and without those brought for held-out splits."""
    if isinstance(manifest.examples, ExampleTable):
        return _count_in_columns(manifest.examples.columns)
    every: dict[str, set[str]] = defaultdict(set)
    held_out: dict[str, set[str]] = defaultdict(set)
    for example in manifest.examples:
        (held_out if example.split in HELD_OUT else every)[example.label].add(example.sha256)
    trained = Counter({label: len(contents) for label, contents in every.items()})
    for label, contents in held_out.items():
        every[label] |= contents
    return Counter({label: len(contents) for label, contents in every.items()}), trained


def _count_in_columns(own: ExampleColumns) -> tuple[Counter[str], Counter[str]]:
    """The same, without an object for each."""
    is_held_out = np.isin(own.split, [SPLIT_NUMBERS[split] for split in HELD_OUT])
    of_all = own.different(own.content, np.ones(len(is_held_out), bool))
    trained = own.different(own.content, ~is_held_out) if is_held_out.any() else of_all
    every, left = (Counter(dict(zip(own.labels, found.tolist(), strict=True))) for found in (of_all, trained))
    return every, +left


def _skip_note(manifest: Manifest) -> str:
    """The commonest reason for skipping, when anything was skipped."""
    if not manifest.skipped:
        return ""
    reason, count = Counter(skip.reason for skip in manifest.skipped).most_common(1)[0]
    what = "One was" if count == 1 else f"{count:,} were"
    return f" {what} skipped: “{reason}”"


def _quote(label: str) -> str:
    return f"“{printable(label, 60)}”"


def _quote_some(labels: list[str], most: int = 5) -> str:
    more = f" and {len(labels) - most} more" if len(labels) > most else ""
    return ", ".join(_quote(label) for label in labels[:most]) + more
