"""Split of the examples into training, validation and test."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

import numpy as np

from tlcore.config.split import SplitConfig
from tlcore.data.examples.example_columns import SPLIT_CODES, ExampleColumns, distinct, stand_ins
from tlcore.data.examples.example_table import ExampleTable
from tlcore.data.examples.hashes import HashNames, hashes_of
from tlcore.data.examples.summary import columns_of
from tlcore.data.manifest import Manifest, Split, SplitName
from tlcore.data.task_words import WORDS
from tlcore.errors import DataError

HELD_OUT: tuple[Split, Split] = ("test", "validation")
FEWEST = 3  # different examples in a class: one for each split
_UNPLACED, _TRAIN, _VALIDATION, _TEST, _UNUSED = range(len(SPLIT_CODES))
_CODE: dict[Split, int] = {"train": _TRAIN, "validation": _VALIDATION, "test": _TEST}


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
    names = np.array(SPLIT_CODES, dtype=object)
    return tuple(names[split_codes(manifest, config)].tolist())


def split_codes(manifest: Manifest, config: SplitConfig) -> np.ndarray:
    """As `assign`, as places in `SPLIT_CODES`, (n,). A table keeps what was found last."""
    if not isinstance(manifest.examples, ExampleTable):
        return _draw_codes(manifest, config)
    known, key = manifest.examples.memory, (config, manifest.version, manifest.problem)
    if (found := known.get(key)) is None:
        found = _draw_codes(manifest, config)
        known.clear()
        known[key] = found
    return found


def _draw_codes(manifest: Manifest, config: SplitConfig) -> np.ndarray:
    columns = columns_of(manifest.examples)
    brought = columns.split if config.brought else np.zeros_like(columns.split)
    known = {split for split, code in _CODE.items() if (brought == code).any()}
    _check_trainable(manifest, known, bool(brought.all()))
    one = _StandIns(manifest, columns, config)
    is_held = (brought == _TEST) | (brought == _VALIDATION)
    fixed = np.zeros(one.count, np.int8)  # where the source holds a content out
    fixed[one.of[is_held]] = brought[is_held]
    drawn = bytearray(one.count)
    for label, pool in _pools(columns, one.of, ~is_held & (fixed[one.of] == 0)):
        shares = {split: getattr(config, split) for split in HELD_OUT if split not in known}
        _draw(_shuffle(pool, one.name, label, config.seed), shares, drawn)
    free = np.where(brought == _TRAIN, _TRAIN, np.maximum(fixed[one.of], _TRAIN))
    mine = np.frombuffer(drawn, np.uint8)[one.of]
    places = np.where(is_held, brought, np.where(mine > 0, mine, free)).astype(np.int8)
    return places if config.most_per_class is None else _thin(columns, config, config.most_per_class, places)


def _pools(columns: ExampleColumns, of: np.ndarray, is_free: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """The contents that are still to be placed, class by class, the smallest class first."""
    pools = [
        (label, distinct(of[is_free & (columns.label == code)])) for code, label in enumerate(columns.labels)
    ]
    return sorted(
        ((label, pool) for label, pool in pools if len(pool)), key=lambda one: (len(one[1]), one[0])
    )


class _StandIns:
    """For each example the content that stands for all that stay together with it.

    Attributes:
        of: the number of that content, (n,), below `count`.
    """

    def __init__(self, manifest: Manifest, columns: ExampleColumns, config: SplitConfig) -> None:
        self._columns = columns
        self._strange: list[str] = []
        self.of = columns.content
        if config.grouped and manifest.alike:
            all_alike, _ = stand_ins(columns, manifest.alike)
            alone = _contents_of_lone_classes(columns, all_alike[columns.content])
            member = columns.numbers_of([sha for group in manifest.alike for sha in group])
            stays = iter(~np.isin(member, alone))
            left = ([sha for sha in group if next(stays)] for group in manifest.alike)
            numbers, self._strange = stand_ins(columns, filter(None, left))
            self.of = numbers[columns.content]

    @property
    def count(self) -> int:
        return len(self._columns.contents) + len(self._strange)

    def name(self, number: int) -> str:
        """The SHA-256 of a content."""
        known = len(self._columns.contents)
        return self._columns.contents[number] if number < known else self._strange[number - known]

    def in_order(self, numbers: np.ndarray) -> np.ndarray:
        """The places of these contents, (n,) ascending, in the order of their SHA-256."""
        names = self._columns.contents
        if not isinstance(names, HashNames):
            return np.array(sorted(range(len(numbers)), key=lambda at: self.name(int(numbers[at]))), np.int64)
        hashes = np.concatenate([names.hashes, hashes_of(self._strange)]) if self._strange else names.hashes
        return np.argsort(hashes[numbers], kind="stable")


def group_numbers(manifest: Manifest, config: SplitConfig) -> np.ndarray:
    """A number for each example, (n,), the same for all that stay together with it."""
    one = _StandIns(manifest, columns_of(manifest.examples), config)
    used, place = np.unique(one.of, return_inverse=True)
    rank = np.empty(len(used), np.int64)
    rank[one.in_order(used)] = np.arange(len(used))
    return rank[place]


def _contents_of_lone_classes(columns: ExampleColumns, of: np.ndarray) -> np.ndarray:
    """The contents of classes that consist of so few groups of look-alikes that no split could be made of
    them: a class filmed in one go, say. There they part again. Its score then says little, as `checks` tells.
    """
    different = columns.different(of, np.ones(len(of), bool))
    return distinct(columns.content[different[columns.label] < FEWEST])


def _thin(columns: ExampleColumns, config: SplitConfig, most: int, places: np.ndarray) -> np.ndarray:
    """At most so many different examples of each class left to train on; a larger number holds a smaller."""
    places = places.copy()
    for code, label in enumerate(columns.labels):
        rows = np.flatnonzero((columns.label == code) & (places == _TRAIN))
        contents = distinct(columns.content[rows])
        kept = _shuffle(contents, columns.contents.__getitem__, label, config.seed)[:most]
        places[rows[~np.isin(columns.content[rows], kept)]] = _UNUSED
    return places


def _check_trainable(manifest: Manifest, brought: set[Split], is_all: bool) -> None:
    if manifest.problem:
        raise DataError(manifest.problem, received=manifest.name, remedy="Change that on the Data page.")
    if brought and "train" not in brought and is_all:
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


def _draw(contents: list[int], shares: dict[Split, float], drawn: bytearray) -> None:
    """Put the contents of one class into `drawn`; those that another class has placed are counted."""
    codes = [_CODE[split] for split in shares]
    counts = dict(zip(codes, held_out_counts(len(contents), shares.values()), strict=True))
    for content in contents:
        if drawn[content] in counts:
            counts[drawn[content]] -= 1
    for content in contents:
        if not drawn[content]:
            code = next((code for code, left in counts.items() if left > 0), _TRAIN)
            drawn[content] = code
            if code in counts:
                counts[code] -= 1


def _shuffle(contents: np.ndarray, name: Callable[[int], str], label: str, seed: int) -> list[int]:
    def key(content: int) -> bytes:
        return hashlib.sha256(f"{seed}\0{label}\0{name(content)}".encode()).digest()

    return sorted(contents.tolist(), key=key)
