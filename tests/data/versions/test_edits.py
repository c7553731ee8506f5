from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.versions import a_manifest, any_edits, keys_of
from tlcore.data.manifest import Manifest
from tlcore.data.versions.edits import Edit, Exclude, MoveToSplit, Relabel, Rename, Restore, apply, class_name
from tlcore.data.versions.example_states import states
from tlcore.errors import DataError

PETS = a_manifest(4, unlabelled=2)  # cats 0 to 3, dogs 4 to 7, foxes 8 to 11, 12 and 13 without a class


def label_of(manifest: Manifest, number: int) -> str:
    return states(manifest)[keys_of(manifest, number)[0]].example.label


def is_used(manifest: Manifest, number: int) -> bool:
    return states(manifest)[keys_of(manifest, number)[0]].used


def test_relabel_also_uses_what_lay_aside() -> None:
    made = apply(PETS, Relabel(keys_of(PETS, 0, 12), " dog\u200b "))
    assert [label_of(made, n) for n in (0, 12, 13)] == ["dog", "dog", ""]
    assert is_used(made, 12) and not is_used(made, 13)
    assert made.counts() == {"cat": 3, "dog": 6, "fox": 4}


def test_exclude_and_restore() -> None:
    out = apply(PETS, Exclude(keys_of(PETS, 0, 4)))
    assert out.counts() == {"cat": 3, "dog": 3, "fox": 4} and len(out.aside) == 4
    back = apply(out, Restore(keys_of(PETS, 0)))
    assert is_used(back, 0) and not is_used(back, 4) and label_of(back, 0) == "cat"


def test_what_has_no_class_cannot_be_used() -> None:
    with pytest.raises(DataError, match="changes nothing"):
        apply(PETS, Restore(keys_of(PETS, 12)))


def test_a_class_goes_with_its_last_example_and_what_that_means_is_said() -> None:
    made = apply(PETS, Exclude(keys_of(PETS, 4, 5, 6, 7)))
    assert made.classes == ("cat", "fox") and not made.problem
    made = apply(made, Exclude(keys_of(PETS, 8, 9, 10, 11)))
    assert made.classes == ("cat",) and "only one class" in made.problem
    assert not apply(made, Restore(keys_of(PETS, 8, 9, 10))).problem


def test_rename_takes_along_what_lies_aside() -> None:
    out = apply(PETS, Exclude(keys_of(PETS, 0)))
    made = apply(out, Rename("cat", "tiger"))
    assert made.classes == ("dog", "fox", "tiger") and label_of(made, 0) == "tiger" and not is_used(made, 0)


def test_rename_merges() -> None:
    assert apply(PETS, Rename("cat", "dog")).counts() == {"dog": 8, "fox": 4}


def test_move() -> None:
    made = apply(PETS, MoveToSplit(keys_of(PETS, 0, 1), "test"))
    assert made.brought_splits() == {"test"} and [e.split for e in made.examples].count("test") == 2
    assert apply(made, MoveToSplit(keys_of(PETS, 0, 1), None)).examples == PETS.examples


@pytest.mark.parametrize(
    "edit",
    [
        Relabel(keys_of(PETS, 0), "cat"),
        Exclude(keys_of(PETS, 12)),
        Restore(keys_of(PETS, 0)),
        Rename("cat", "cat"),
        Rename("zebra", "cat"),
        MoveToSplit(keys_of(PETS, 0), None),
        Exclude((("f" * 64, "stranger.jpg"),)),
        Exclude(()),
    ],
)
def test_what_changes_nothing_is_said(edit: Edit) -> None:
    with pytest.raises(DataError, match="changes nothing"):
        apply(PETS, edit)


@pytest.mark.parametrize("name", ["", " ", "\u202e\u200b", "\x00"])
def test_a_class_needs_a_name(name: str) -> None:
    for edit in (Relabel(keys_of(PETS, 0), name), Rename("cat", name)):
        with pytest.raises(DataError, match="needs a name"):
            apply(PETS, edit)


@given(st.text())
def test_class_names_are_clean_and_stay_as_they_are(text: str) -> None:
    try:
        name = class_name(text)
    except DataError:
        return
    assert 0 < len(name) <= 100 and class_name(name) == name


@settings(max_examples=150)
@given(any_edits(PETS))
def test_any_edits_keep_every_example_exactly_once(edits: list[Edit]) -> None:
    manifest = PETS
    for edit in edits:
        try:
            made = apply(manifest, edit)
        except DataError:
            continue
        assert states(made) != states(manifest)
        manifest = made
    every = [*manifest.examples, *manifest.aside]
    assert sorted(e.key for e in every) == sorted(e.key for e in (*PETS.examples, *PETS.aside))
    assert all(example.label for example in manifest.examples)
    assert manifest.classes == tuple(sorted({example.label for example in manifest.examples}))
    assert sum(manifest.counts().values()) == len(manifest.examples)
    before = {e.key: (e.width, e.height, e.bytes) for e in (*PETS.examples, *PETS.aside)}
    assert {e.key: (e.width, e.height, e.bytes) for e in every} == before


@given(any_edits(PETS), st.randoms(use_true_random=False))
def test_the_order_in_which_examples_lie_does_not_matter(edits: list[Edit], chance) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(PETS.examples)
    chance.shuffle(shuffled)
    one, other = PETS, Manifest(name="pets", examples=tuple(shuffled), aside=PETS.aside)
    for edit in edits:
        try:
            one = apply(one, edit)
        except DataError:
            continue
        other = apply(other, edit)
        assert (one.examples, one.aside, one.classes) == (other.examples, other.aside, other.classes)
