"""Which examples are trained on, which steer the training and which are kept for the final mark."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable

from tlcore.config import SplitConfig
from tlcore.data.manifest import Example, Manifest, Place, Split
from tlcore.data.words import WORDS
from tlcore.errors import DataError

HELD_OUT: tuple[Split, Split] = ("test", "validation")


def assign(manifest: Manifest, config: SplitConfig) -> tuple[Place, ...]:
    """The split of each example, parallel to `manifest.examples`; "unused" beyond `most_per_class`.

    Splits that the folder brought are kept. A held-out split that it did not bring is taken from the training
    part, class by class. Equal bytes always go to the same split, unless the folder itself parted them.

    Shares count different pictures of one class: share × n, rounded half up, at least one; where that would
    leave nothing to train on, the larger share gives way. So three different pictures in a class suffice for
    all three splits. Which pictures: those whose hash with the seed and the class comes first, so neither the
    order of examples nor other classes matter, and adding pictures moves few of the others.

    A picture in two classes is placed with the smaller one; only other classes surely get all three splits.

    Raises:
        DataError: the folder brings only held-out splits.
    """
    brought = manifest.brought_splits()
    _check_trainable(manifest, brought)
    fixed: dict[str, Split] = {e.sha256: e.split for e in manifest.examples if e.split in HELD_OUT}
    pool: dict[str, set[str]] = defaultdict(set)
    for example in manifest.examples:
        if example.split not in HELD_OUT and example.sha256 not in fixed:
            pool[example.label].add(example.sha256)
    missing = {"test": config.test, "validation": config.validation}
    shares: dict[Split, float] = {split: missing[split] for split in HELD_OUT if split not in brought}
    drawn: dict[str, Split] = {}
    for label in sorted(pool, key=lambda label: (len(pool[label]), label)):
        _draw(_shuffled(pool[label], label, config.seed), shares, drawn)

    def place(example: Example) -> Split:
        if example.split in HELD_OUT:
            return example.split
        elsewhere: Split = "train" if example.split else fixed.get(example.sha256, "train")
        return drawn.get(example.sha256, elsewhere)

    places = tuple(place(example) for example in manifest.examples)
    return places if config.most_per_class is None else _thinned(manifest, config, places)


def _thinned(manifest: Manifest, config: SplitConfig, places: tuple[Split, ...]) -> tuple[Place, ...]:
    """At most so many different examples of each class left to train on; a larger number holds a smaller."""
    trained: dict[str, set[str]] = defaultdict(set)
    for example, place in zip(manifest.examples, places, strict=True):
        if place == "train":
            trained[example.label].add(example.sha256)
    kept = {
        (label, sha)
        for label, hashes in trained.items()
        for sha in _shuffled(hashes, label, config.seed)[: config.most_per_class]
    }
    return tuple(
        "unused" if place == "train" and (example.label, example.sha256) not in kept else place
        for example, place in zip(manifest.examples, places, strict=True)
    )


def _check_trainable(manifest: Manifest, brought: set[Split]) -> None:
    if brought and "train" not in brought and all(example.split for example in manifest.examples):
        raise DataError(
            f"This data set has no {WORDS[manifest.task].many} to train on.",
            received=", ".join(sorted(brought)),
            remedy="Bring a train part as well.",
        )


def held_out_counts(n: int, shares: Iterable[float]) -> list[int]:
    """How many of `n` different pictures of a class each share takes; at least one is left for training."""
    counts = [max(1, int(n * share + 0.5)) for share in shares]
    while counts and sum(counts) > max(0, n - 1):
        counts[counts.index(max(counts))] -= 1
    return counts


def _draw(pictures: list[str], shares: dict[Split, float], drawn: dict[str, Split]) -> None:
    """Put the pictures of one class into `drawn`; those that another class has placed are counted."""
    counts = dict(zip(shares, held_out_counts(len(pictures), shares.values()), strict=True))
    for picture in pictures:
        if picture in drawn and drawn[picture] in counts:
            counts[drawn[picture]] -= 1
    for picture in pictures:
        if picture not in drawn:
            split: Split = next((split for split, left in counts.items() if left > 0), "train")
            drawn[picture] = split
            if split in counts:
                counts[split] -= 1


def _shuffled(pictures: Iterable[str], label: str, seed: int) -> list[str]:
    return sorted(pictures, key=lambda sha: hashlib.sha256(f"{seed}\0{label}\0{sha}".encode()).digest())
