"""Examples with what a person drew on them."""

from __future__ import annotations

from pages.components.shared.viewers.annotated import marks_of
from tests.fixtures.board import CAT
from tests.fixtures.versions import with_states
from tlcore.data.manifest import Box, Example, Manifest
from tlcore.data.versions.edits import Exclude, apply
from tlcore.data.versions.example_states import states

DOG = Box("dog", 5.0, 5.0, 30.0, 25.0)


def test_a_picture_set_aside_shows_classes_that_no_other_picture_has() -> None:
    pictures = tuple(
        Example(f"{at:064x}", f"{at}.png", "", 40, 30, boxes=(box,)) for at, box in enumerate((CAT, DOG))
    )
    pets = Manifest(name="pets", task="detection", examples=pictures)
    made = apply(with_states(pets, states(pets)), Exclude((pictures[1].key,)))
    assert made.classes == ("cat",)
    assert [mark.number for mark in marks_of(made.aside[0], made.classes)] == [1]
    assert [mark.number for mark in marks_of(made.examples[0], made.classes)] == [0]
