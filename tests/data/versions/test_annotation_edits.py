"""Edits of boxes: drawn, taken away, renamed, and kept apart from what somebody else does meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.versions import kept, with_states
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Box, Example, Manifest
from tlcore.data.versions import versions
from tlcore.data.versions.annotation_edits import RemoveBoxes, SetBoxes, annotation_digest
from tlcore.data.versions.change_description import describe
from tlcore.data.versions.edits import ChangeTask, Edit, Exclude, Relabel, Rename, apply
from tlcore.data.versions.example_states import states
from tlcore.errors import DataError

CAT, DOG = Box("cat", 1.0, 2.0, 11.0, 12.0), Box("dog", 5.0, 5.0, 30.0, 25.0)


def picture(number: int, boxes: tuple[Box, ...] | None) -> Example:
    return Example(f"{number:064x}", f"{number}.jpg", "", 40, 30, boxes=boxes)


def a_manifest(*boxes: tuple[Box, ...] | None) -> Manifest:
    every = [picture(number, found) for number, found in enumerate(boxes)]
    plain = Manifest(
        name="pets",
        task="detection",
        classes=("dog", "cat"),
        examples=tuple(e for e in every if e.is_labelled),
        aside=tuple(e for e in every if not e.is_labelled),
    )
    return with_states(plain, states(plain))


PETS = a_manifest((CAT, DOG), (DOG,), (), (CAT,), None)
PILE = Manifest(name="pile", aside=tuple(picture(number, None) for number in range(3)))


def boxes_of(manifest: Manifest, number: int) -> tuple[Box, ...] | None:
    return states(manifest)[picture(number, None).key].example.boxes


def drawn(number: int, *boxes: Box, on: Manifest = PETS) -> SetBoxes:
    example = states(on)[picture(number, None).key].example
    return SetBoxes(example.key, boxes, annotation_digest(example))


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (drawn(4, CAT, DOG), "2 boxes on “4.jpg” drawn"),
        (drawn(4), "nothing to find on “4.jpg”"),
        (drawn(0, CAT), "one box on “0.jpg” deleted"),
        (drawn(1, Box("dog", 5, 5, 30, 26), CAT), "one box on “1.jpg” drawn, one box on “1.jpg” changed"),
        (
            RemoveBoxes(((picture(0, None).key, CAT), (picture(3, None).key, CAT))),
            "2 pictures with other boxes",
        ),
        (Rename("dog", "wolf"), "class “dog” renamed to “wolf” (2 pictures)"),
        (Rename("dog", "cat"), "class “dog” merged into “cat” (2 pictures)"),
        (Exclude((picture(0, None).key,)), "one picture set aside"),
    ],
)
def test_each_change_in_words(edit: Edit, words: str) -> None:
    assert describe(PETS, apply(PETS, edit)) == words


def test_a_picture_that_is_drawn_on_is_used_and_its_classes_come_last() -> None:
    made = apply(PETS, drawn(4, Box("ant", 0, 0, 5, 5)))
    assert made.classes == ("dog", "cat", "ant") and not made.aside
    assert boxes_of(made, 4) == (Box("ant", 0, 0, 5, 5),)


def test_a_renamed_class_keeps_its_place_and_so_its_colour() -> None:
    assert apply(PETS, Rename("dog", "wolf")).classes == ("wolf", "cat")
    merged = apply(a_manifest((CAT, Box("dog", 1, 2, 11, 12)), (CAT,), (DOG,)), Rename("dog", "cat"))
    assert merged.classes == ("cat",) and boxes_of(merged, 0) == (CAT,)


def test_what_somebody_else_drew_meanwhile_is_said_and_not_lost() -> None:
    mine = drawn(1, CAT)
    theirs = apply(PETS, drawn(1, DOG, CAT))
    with pytest.raises(DataError, match="Somebody else has changed what is drawn"):
        apply(theirs, mine)
    assert boxes_of(apply(theirs, drawn(1, CAT, on=theirs)), 1) == (CAT,)
    # On other pictures they may draw what they like.
    assert boxes_of(apply(apply(PETS, drawn(0, CAT)), mine), 1) == (CAT,)


def test_pictures_have_no_class_where_boxes_have() -> None:
    with pytest.raises(DataError, match="boxes have classes, and pictures have none"):
        apply(PETS, Relabel((picture(0, None).key,), "cat"))


def test_a_pile_becomes_a_data_set_of_boxes_and_undo_makes_it_a_pile(tmp_path: Path) -> None:
    dataset: Dataset = kept(tmp_path / "pile", PILE)
    made = versions.change(dataset, ChangeTask("detection"))
    assert (made.task, made.change) == ("detection", "boxes instead of classes")
    assert made.problem == "All 3 pictures in it lie without boxes. Draw boxes on some of them."
    assert versions.undo(dataset, 2).task == "images"
    versions.undo(dataset, 3)
    versions.change(dataset, drawn(1, CAT, on=dataset.read()))
    with pytest.raises(DataError, match="Some of these pictures have a class, boxes or areas already"):
        versions.undo(dataset, 2)
    assert versions.undo(dataset, 5).examples == ()


def test_boxes_do_not_come_back_to_pictures_that_are_for_classes_by_now(tmp_path: Path) -> None:
    dataset = kept(tmp_path / "pile", PILE)
    versions.change(dataset, ChangeTask("detection"))
    versions.change(dataset, drawn(1, CAT, on=dataset.read()))
    versions.undo(dataset, 3)
    versions.undo(dataset, 2)
    with pytest.raises(DataError, match="became a data set whose pictures have classes"):
        versions.undo(dataset, 4)
    assert dataset.latest == 5


def test_pictures_with_boxes_that_are_set_aside_are_no_pictures_without() -> None:
    every = Exclude(tuple(example.key for example in PETS.examples))
    assert apply(PETS, every).problem == "All pictures are set aside. Use some of them again."


def test_two_tabs_do_not_draw_for_different_tasks() -> None:
    boxed = apply(PILE, ChangeTask("detection"))
    with pytest.raises(DataError, match="That changes nothing"):
        apply(boxed, ChangeTask("detection"))
    for now in (PILE, apply(boxed, ChangeTask("segmentation"))):
        with pytest.raises(DataError, match="In the meantime this became a data set whose pictures have"):
            apply(now, drawn(1, CAT, on=boxed))


def test_what_has_classes_keeps_its_task() -> None:
    for manifest, task in ((PETS, "images"), (PILE, "texts")):
        with pytest.raises(DataError):
            apply(manifest, ChangeTask(task))  # type: ignore[arg-type]


def test_undo_brings_boxes_back(tmp_path: Path) -> None:
    dataset = kept(tmp_path / "pets", PETS)
    versions.change(dataset, drawn(0))
    versions.change(dataset, Rename("dog", "wolf"))
    assert boxes_of(versions.undo(dataset, 2), 0) == (CAT, DOG)
    assert boxes_of(versions.undo(dataset, 3), 1) == (DOG,)


NAMES = st.sampled_from(["cat", "dog", "ant", "<b>"])
BOXES = st.lists(
    st.builds(Box, NAMES, *[st.sampled_from([0.0, 9.5])] * 2, *[st.sampled_from([10.0, 25.0])] * 2)
)
PICTURES = st.integers(0, 4)


@settings(max_examples=60)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("draw"), PICTURES, BOXES.map(tuple)),
            st.tuples(st.just("remove"), PICTURES, BOXES.map(tuple)),
            st.tuples(st.just("rename"), NAMES, NAMES),
        ),
        max_size=6,
    )
)
def test_any_edits_keep_every_picture_and_name_every_class(steps: list[tuple[str, Any, Any]]) -> None:
    manifest = PETS
    for what, one, other in steps:
        if what == "draw":
            edit: Edit = drawn(one, *other, on=manifest)
        elif what == "remove":
            edit = RemoveBoxes(tuple((picture(one, None).key, box) for box in other))
        else:
            edit = Rename(one, other)
        try:
            made = apply(manifest, edit)
        except DataError:
            continue
        assert describe(manifest, made) != "nothing"
        kept_order = [label for label in made.classes if label in manifest.classes]
        assert kept_order == [label for label in manifest.classes if label in kept_order]
        manifest = made
    assert states(manifest).keys() == states(PETS).keys()
    shown = {box.label for example in manifest.examples for box in example.boxes or ()}
    assert set(manifest.classes) == shown and len(manifest.classes) == len(shown)
