from __future__ import annotations

from collections import Counter, defaultdict

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlcore.config.split import SplitConfig
from tlcore.data.manifest import Example, Manifest, Split, SplitName
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


BROUGHT: st.SearchStrategy[Split | None] = st.sampled_from(["train", "validation", "test", None, None])


@st.composite
def with_look_alikes(draw: st.DrawFn, brought: bool = False, apart: bool = False) -> Manifest:
    """A data set whose contents are 0 to 39, some in two classes, grouped by tens at the most.

    Args:
        brought: some examples come with a split.
        apart: each content and each group is in one class, and each class has three contents or more.
    """
    count = draw(st.integers(9, 40))
    labels = draw(st.lists(st.sampled_from("abc"), min_size=count, max_size=count))
    if apart:
        labels = sorted([*"aaabbbccc", *labels[9:]])
    contents = (
        list(range(count)) if apart else draw(st.lists(st.integers(0, 39), min_size=count, max_size=count))
    )
    group_of = draw(st.lists(st.integers(0, 12), min_size=40, max_size=40))  # 0 to 2: looks like nothing else
    rows: list[tuple[str, str, Split | None]] = [
        (f"{content:02}", label, draw(BROUGHT) if brought else None)
        for content, label in zip(contents, labels, strict=False)
    ]
    groups = defaultdict(set)
    for sha, label, _ in rows:
        if group_of[int(sha)] > 2:
            groups[group_of[int(sha)], label if apart else ""].add(sha)
    alike = sorted(tuple(sorted(group)) for group in groups.values() if len(group) > 1)
    return msgspec.structs.replace(manifest(rows), alike=tuple(alike))


def group_by_content(whole: Manifest) -> dict[str, str]:
    """The group of each content, or itself."""
    alone = {example.sha256: example.sha256 for example in whole.examples}
    return alone | {sha: f"group {n}" for n, group in enumerate(whole.alike) for sha in group}


def too_few_groups(whole: Manifest) -> set[str]:
    """Classes that no three splits can be made of without parting what looks alike."""
    of, found = group_by_content(whole), defaultdict(set)
    for example in whole.examples:
        found[example.label].add(of[example.sha256])
    return {label for label, groups in found.items() if len(groups) < 3}


def places_by_group(whole: Manifest, config: SplitConfig) -> dict[str, set[tuple[Split | None, SplitName]]]:
    """Of each group that has to stay together: what its members brought, and where each is placed."""
    of, few = group_by_content(whole), too_few_groups(whole)
    parted = {example.sha256 for example in whole.examples if example.label in few}
    found: dict[str, set[tuple[Split | None, SplitName]]] = defaultdict(set)
    for example, place in zip(whole.examples, assign(whole, config), strict=True):
        if example.sha256 not in parted:
            found[of[example.sha256]].add((example.split, place))
    return found


@settings(max_examples=50)
@given(with_look_alikes(), CONFIG)
def test_what_looks_alike_never_parts(whole: Manifest, config: SplitConfig) -> None:
    for places in places_by_group(whole, config).values():
        assert len({place for _, place in places}) == 1


@settings(max_examples=50)
@given(with_look_alikes(brought=True), CONFIG)
def test_only_the_folder_itself_parts_what_looks_alike(whole: Manifest, config: SplitConfig) -> None:
    if {example.split for example in whole.examples}.isdisjoint({"train", None}):
        return  # nothing to train on
    for places in places_by_group(whole, config).values():
        fixed = {split for split, _ in places if split in ("validation", "test")}
        for split, place in places:
            if split in ("validation", "test"):
                assert place == split
            elif fixed:
                assert place == "train" if split == "train" else place in fixed
        if not fixed:
            assert len({place for _, place in places}) == 1


@given(with_look_alikes(apart=True), CONFIG)
def test_each_class_is_in_each_split_with_the_shares_of_its_groups(
    whole: Manifest, config: SplitConfig
) -> None:
    of, few = group_by_content(whole), too_few_groups(whole)
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for example, place in zip(whole.examples, assign(whole, config), strict=True):
        found[example.label][place].add(example.sha256 if example.label in few else of[example.sha256])
    for splits in found.values():
        n = sum(map(len, splits.values()))
        assert [len(splits["test"]), len(splits["validation"])] == held_out_counts(
            n, (config.test, config.validation)
        )
        assert len(splits) == 3 and all(splits.values())


@given(st.integers(3, 3000), st.floats(0.05, 0.5), st.floats(0.05, 0.5))
def test_shares_are_about_what_was_asked_for(n: int, test: float, validation: float) -> None:
    counts = held_out_counts(n, (test, validation))
    assert min(counts) >= 1 and n - sum(counts) >= 1
    if n * (1 - test - validation) >= 2:  # else the larger share gives way
        for count, share in zip(counts, (test, validation), strict=True):
            assert count == 1 or abs(count - n * share) <= 0.5 + 1e-6


@settings(max_examples=50)
@given(with_look_alikes(brought=True), CONFIG)
def test_brought_splits_can_be_left_out_of_account(whole: Manifest, config: SplitConfig) -> None:
    plain = tuple(msgspec.structs.replace(example, split=None) for example in whole.examples)
    anew = assign(whole, msgspec.structs.replace(config, brought=False))
    assert anew == assign(msgspec.structs.replace(whole, examples=plain), config)


@settings(max_examples=50)
@given(with_look_alikes(), CONFIG, st.randoms(use_true_random=False))
def test_neither_order_nor_time_matters(whole: Manifest, config: SplitConfig, chance) -> None:  # type: ignore[no-untyped-def]
    splits = assign(whole, config)
    assert assign(whole, config) == splits
    order = list(range(len(splits)))
    chance.shuffle(order)
    alike = [tuple(chance.sample(group, len(group))) for group in whole.alike]
    chance.shuffle(alike)
    examples = tuple(whole.examples[n] for n in order)
    other = msgspec.structs.replace(whole, examples=examples, alike=tuple(alike))
    assert assign(other, config) == tuple(splits[n] for n in order)


@given(st.integers(3, 60), st.integers(1, 10), CONFIG)
def test_each_new_picture_moves_three_others_at_most(n: int, added: int, config: SplitConfig) -> None:
    before: list[tuple[str, str, Split | None]] = [(f"{k}", "a", None) for k in range(n)]
    after = before + [(f"new {k}", "a", None) for k in range(added)]
    old, new = assign(manifest(before), config), assign(manifest(after), config)
    assert sum(one != other for one, other in zip(old, new, strict=False)) <= 3 * added


def test_without_grouping_each_content_counts_for_itself() -> None:
    whole = msgspec.structs.replace(manifest(plain(20)), alike=(tuple(f"a{n}None" for n in range(10)),))
    ungrouped = assign(whole, SplitConfig(grouped=False))
    assert ungrouped == assign(manifest(plain(20)), SplitConfig()) != assign(whole, SplitConfig())
    assert len(set(ungrouped[:10])) == 3 and len(set(assign(whole, SplitConfig())[:10])) == 1
