"""Split of the examples into training, validation and test."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from tlcore.config.split import SplitConfig
from tlcore.data.manifest import Example, Manifest, Split, SplitName
from tlcore.data.task_words import WORDS
from tlcore.errors import DataError

HELD_OUT: tuple[Split, Split] = ("test", "validation")
FEWEST = 3  # different examples in a class: one for each split


def assign(manifest: Manifest, config: SplitConfig) -> tuple[SplitName, ...]:
    """The split of each example, parallel to `manifest.examples`; "unused" beyond `most_per_class`.

    Splits that the folder brought are kept, unless `config.brought` is off. A held-out split that it did not
    bring is taken from the training part, class by class. Equal bytes, and with `config.grouped` all that
    looks alike, go to the same split, unless the folder itself parted them.

    Shares count different pictures of one class: share × n, rounded half up, at least one; where that would
    leave nothing to train on, the larger share gives way. So three different pictures in a class suffice for
    all three splits. Which pictures: those whose hash with the seed and the class comes first, so neither the
    order of examples nor other classes matter, and adding pictures moves few of the others.

    A picture in two classes is placed with the smaller one; only other classes surely get all three splits.

    Raises:
        DataError: it cannot be trained on yet, or the folder brings only held-out splits.
    """
    if not config.brought:
        undone = tuple(msgspec.structs.replace(example, split=None) for example in manifest.examples)
        manifest = msgspec.structs.replace(manifest, examples=undone)
    brought = manifest.brought_splits()
    _check_trainable(manifest, brought)
    twin = _representatives(manifest) if config.grouped else {}
    fixed, pool = _fixed_and_free(manifest, twin)
    missing = {"test": config.test, "validation": config.validation}
    shares: dict[Split, float] = {split: missing[split] for split in HELD_OUT if split not in brought}
    drawn: dict[str, Split] = {}
    for label in sorted(pool, key=lambda label: (len(pool[label]), label)):
        _draw(_shuffle(pool[label], label, config.seed), shares, drawn)

    def place(example: Example) -> Split:
        if example.split in HELD_OUT:
            return example.split
        one = twin.get(example.sha256, example.sha256)
        elsewhere: Split = "train" if example.split else fixed.get(one, "train")
        return drawn.get(one, elsewhere)

    places = tuple(place(example) for example in manifest.examples)
    return places if config.most_per_class is None else _thin(manifest, config, places)


def _fixed_and_free(
    manifest: Manifest, twin: Mapping[str, str]
) -> tuple[dict[str, Split], dict[str, set[str]]]:
    """Contents that the folder holds out, with their split, and for each class those still to be placed."""
    fixed: dict[str, Split] = {}
    for example in manifest.examples:
        if example.split in HELD_OUT:
            fixed[twin.get(example.sha256, example.sha256)] = example.split
    pool: dict[str, set[str]] = defaultdict(set)
    for example in manifest.examples:
        one = twin.get(example.sha256, example.sha256)
        if example.split not in HELD_OUT and one not in fixed:
            pool[example.label].add(one)
    return fixed, pool


def stand_ins(manifest: Manifest, config: SplitConfig) -> list[str]:
    """For each example the content that stands for all that stay together with it."""
    twin = _representatives(manifest) if config.grouped else {}
    return [twin.get(example.sha256, example.sha256) for example in manifest.examples]


def _representatives(manifest: Manifest) -> dict[str, str]:
    """For each content that looks like others: the one that stands for all of them.

    Look-alikes part again in a class that consists of so few groups that no split could be made of them: a
    class filmed in one go, say. Its score then says little, which `checks` tells.
    """
    twin = {sha256: min(group) for group in manifest.alike for sha256 in group}
    different: dict[str, set[str]] = defaultdict(set)
    for example in manifest.examples:
        different[example.label].add(twin.get(example.sha256, example.sha256))
    parted = {label for label, found in different.items() if len(found) < FEWEST}
    alone = {example.sha256 for example in manifest.examples if example.label in parted}
    left = [[sha256 for sha256 in group if sha256 not in alone] for group in manifest.alike]
    return {sha256: min(group) for group in left for sha256 in group}


def _thin(manifest: Manifest, config: SplitConfig, places: tuple[Split, ...]) -> tuple[SplitName, ...]:
    """At most so many different examples of each class left to train on; a larger number holds a smaller."""
    trained: dict[str, set[str]] = defaultdict(set)
    for example, place in zip(manifest.examples, places, strict=True):
        if place == "train":
            trained[example.label].add(example.sha256)
    kept = {
        (label, sha)
        for label, hashes in trained.items()
        for sha in _shuffle(hashes, label, config.seed)[: config.most_per_class]
    }
    return tuple(
        "unused" if place == "train" and (example.label, example.sha256) not in kept else place
        for example, place in zip(manifest.examples, places, strict=True)
    )


def _check_trainable(manifest: Manifest, brought: set[Split]) -> None:
    if manifest.problem:
        raise DataError(manifest.problem, received=manifest.name, remedy="Change that on the Data page.")
    if brought and "train" not in brought and all(example.split for example in manifest.examples):
        raise DataError(
            f"This data set has no {WORDS[manifest.task].many} to train on.",
            received=", ".join(sorted(brought)),
            remedy="Bring a train part as well.",
        )


def held_out_counts(n: int, shares: Iterable[float]) -> list[int]:
    """Number of a class's `n` different pictures for each share; at least one is left for training."""
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


def _shuffle(pictures: Iterable[str], label: str, seed: int) -> list[str]:
    return sorted(pictures, key=lambda sha: hashlib.sha256(f"{seed}\0{label}\0{sha}".encode()).digest())
