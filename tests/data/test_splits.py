from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.config import SplitConfig
from tlcore.data.manifest import Example, Manifest, Split
from tlcore.data.splits import assign, held_out_counts
from tlcore.errors import DataError


def manifest(rows: list[tuple[str, str, Split | None]]) -> Manifest:
    """Rows of (content, class, split)."""
    examples = [Example(sha, f"{n}.jpg", label, 1, 1, 1, split) for n, (sha, label, split) in enumerate(rows)]
    return Manifest(name="x", classes=tuple(sorted({row[1] for row in rows})), examples=tuple(examples))


def plain(per_class: int, split: Split | None = None) -> list[tuple[str, str, Split | None]]:
    return [(f"{label}{n}{split}", label, split) for label in "abc" for n in range(per_class)]


@pytest.mark.parametrize(
    ("n", "shares", "counts"),
    [
        *((3, (0.15, 0.15), [1, 1]), (10, (0.15, 0.15), [2, 2]), (100, (0.15, 0.2), [15, 20])),
        *((4, (0.5, 0.5), [1, 2]), (3, (0.5, 0.5), [1, 1]), (1, (0.15,), [0]), (2, (0.5,), [1])),
        *((0, (0.15,), [0]), (9, (), [])),
    ],
)
def test_rounding(n: int, shares: tuple[float, ...], counts: list[int]) -> None:
    assert held_out_counts(n, shares) == counts


def test_each_class_is_in_each_split() -> None:
    found = Counter(
        (example.label, split)
        for example, split in zip(
            manifest(plain(3)).examples, assign(manifest(plain(3)), SplitConfig()), strict=True
        )
    )
    assert set(found.values()) == {1} and len(found) == 9


def test_brought_splits_are_kept_and_the_missing_one_comes_from_train() -> None:
    whole = manifest(plain(20, "train") + plain(5, "test"))
    splits = assign(whole, SplitConfig())
    for example, split in zip(whole.examples, splits, strict=True):
        assert (split == "test") == (example.split == "test")
    assert Counter(splits) == {"train": 51, "validation": 9, "test": 15}
    both = manifest(plain(5, "train") + plain(5, "validation") + plain(5, "test"))
    assert assign(both, SplitConfig()) == tuple(example.split for example in both.examples)
    no_test = assign(manifest(plain(20, "train") + plain(5, "validation")), SplitConfig())
    assert Counter(no_test) == {"train": 51, "validation": 15, "test": 9}


def test_only_held_out_pictures_cannot_be_trained_on() -> None:
    with pytest.raises(DataError, match="train"):
        assign(manifest(plain(5, "test")), SplitConfig())


def test_the_seed_decides() -> None:
    whole = manifest(plain(20))
    assert (
        assign(whole, SplitConfig(seed=1))
        == assign(whole, SplitConfig(seed=1))
        != assign(whole, SplitConfig())
    )


def test_more_pictures_move_few_of_the_others() -> None:
    before, after = plain(100), plain(110)
    old = dict(zip(before, assign(manifest(before), SplitConfig()), strict=True))
    new = dict(zip(after, assign(manifest(after), SplitConfig()), strict=True))
    assert sum(old[row] != new[row] for row in before) < 30


ROWS = st.lists(st.tuples(st.sampled_from("0123456789"), st.sampled_from("ab"), st.none()), min_size=1)
CONFIG = st.builds(
    SplitConfig, validation=st.floats(0.05, 0.5), test=st.floats(0.05, 0.5), seed=st.integers(0, 5)
)


@given(ROWS, CONFIG, st.randoms())
def test_equal_bytes_stay_together_in_any_order(rows: list, config: SplitConfig, chance) -> None:  # type: ignore[no-untyped-def,type-arg]
    splits = assign(manifest(rows), config)
    of = defaultdict(set)
    for row, split in zip(rows, splits, strict=True):
        of[row[0]].add(split)
    assert all(len(found) == 1 for found in of.values())
    order = list(range(len(rows)))
    chance.shuffle(order)
    assert assign(manifest([rows[n] for n in order]), config) == tuple(splits[n] for n in order)


@given(st.lists(st.integers(3, 40), min_size=2, max_size=5), CONFIG)
def test_three_different_pictures_suffice(counts: list[int], config: SplitConfig) -> None:
    rows: list[tuple[str, str, Split | None]] = [
        (f"{label}-{n}", str(label), None) for label, count in enumerate(counts) for n in range(count)
    ]
    found = defaultdict(set)
    for row, split in zip(rows, assign(manifest(rows), config), strict=True):
        found[row[1]].add(split)
    assert all(len(splits) == 3 for splits in found.values())


@given(st.integers(1, 12), st.integers(0, 9))
def test_at_most_so_many_of_each_class_are_trained_on_and_more_hold_fewer(most: int, seed: int) -> None:
    whole = manifest(plain(20))
    everything = assign(whole, SplitConfig(seed=seed))
    some = assign(whole, SplitConfig(seed=seed, most_per_class=most))
    more = assign(whole, SplitConfig(seed=seed, most_per_class=most + 1))
    labels = [example.label for example in whole.examples]
    used = Counter(label for label, place in zip(labels, some, strict=True) if place == "train")
    assert set(used.values()) == {most}
    for one, few, larger in zip(everything, some, more, strict=True):
        assert few == one or (one, few) == ("train", "unused")
        assert few != "train" or larger == "train"
