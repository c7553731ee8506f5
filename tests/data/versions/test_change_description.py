from __future__ import annotations

import pytest

from tests.fixtures.versions import a_manifest, example, keys_of, with_states
from tlcore.data.versions.change_description import describe
from tlcore.data.versions.edits import Edit, Exclude, MoveToSplit, Relabel, Rename, apply
from tlcore.data.versions.example_states import ExampleState, states

PETS = a_manifest(4, unlabelled=2)  # cats 0 to 3, dogs 4 to 7, foxes 8 to 11, 12 and 13 without a class


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (Relabel(keys_of(PETS, 12), "cat"), "one picture put into “cat”"),
        (
            Relabel(keys_of(PETS, 0, 4), "fox"),
            "one picture from “cat” to “fox”, one picture from “dog” to “fox”",
        ),
        (Exclude(keys_of(PETS, 0, 1)), "2 pictures set aside"),
        (MoveToSplit(keys_of(PETS, 0, 1), "test"), "2 pictures moved to test"),
        (MoveToSplit(keys_of(PETS, 0), "train"), "one picture moved to the training part"),
        (Rename("cat", "tiger"), "class “cat” renamed to “tiger” (4 pictures)"),
        (Rename("cat", "dog"), "class “cat” merged into “dog” (4 pictures)"),
        (Relabel(keys_of(PETS, 0, 1, 2, 3), "lion"), "class “cat” renamed to “lion” (4 pictures)"),
        (Rename("cat", "a\nb\u202ec<b>"), "class “cat” renamed to “abc<b>” (4 pictures)"),
    ],
)
def test_readable_differences(edit: Edit, words: str) -> None:
    told = describe(PETS, apply(PETS, edit))
    assert told == words and told.isprintable()


def test_more_readable_differences() -> None:
    out = apply(PETS, Exclude(keys_of(PETS, 0)))
    assert describe(out, PETS) == "one picture used again"
    found = states(PETS)
    new = example(99, "cat")
    more = with_states(PETS, found | {new.key: ExampleState(new, True)})
    assert describe(PETS, more) == "one picture added to “cat”"
    assert describe(more, PETS) == "one picture taken out again"
    assert describe(PETS, PETS) == "nothing"
    many = PETS
    for number, label in enumerate(("dog", "fox", "new", "a", "b", "c")):
        many = apply(many, Relabel(keys_of(PETS, number), label))
        if number == 4:
            assert describe(PETS, many).endswith(" and one other kind of change")
    assert describe(PETS, many) == (
        "one picture from “cat” to “a”, one picture from “cat” to “dog”, one picture from “cat” to “fox”, "
        "one picture from “cat” to “new” and 2 other kinds of change"
    )
