"""Checks of boxes, and of pictures without any, each on pictures with that one fault."""

from __future__ import annotations

import pytest

from tests.data.checks.test_problems import PLAIN
from tests.fixtures.versions import with_states
from tlcore.data.checks import Problem, problems
from tlcore.data.checks.objects import MOST_COMPARED
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Box, Example, Manifest
from tlcore.data.versions.edits import apply
from tlcore.data.versions.example_states import states

SIDE = 512  # of the pictures, so that they enter a detector as they are


def picture(number: int, *boxes: Box) -> Example:
    look = PLAIN
    return Example(f"{number:064x}", f"{number}.jpg", "", SIDE, SIDE, 1000, None, look, boxes)


def a_manifest(*more: tuple[Box, ...], undrawn: int = 0) -> Manifest:
    """Twelve pictures with a cat and a dog each, with nothing wrong, and behind them these."""
    fine = [(Box("cat", 20, 20, 120, 120), Box("dog", 200, 200, 300, 280))] * 12
    every = [picture(number, *boxes) for number, boxes in enumerate([*fine, *more])]
    aside = tuple(Example(f"{n + 500:064x}", f"new {n}.jpg", "", SIDE, SIDE) for n in range(undrawn))
    plain = Manifest(name="pets", task="detection", examples=tuple(every), aside=aside)
    return with_states(plain, states(plain))


def found(manifest: Manifest, dataset: Dataset | None = None) -> dict[str, Problem]:
    return {problem.kind: problem for problem in problems(dataset, manifest)}


def test_nothing_wrong() -> None:
    assert found(a_manifest()) == {}


CAT = Box("cat", 300, 20, 400, 120)


@pytest.mark.parametrize(
    ("kind", "boxes", "left"),
    [
        ("doubled", (CAT, Box("cat", 301, 20, 401, 121), Box("cat", 300, 21, 400, 121)), (CAT,)),
        ("doubled", (CAT, CAT, CAT), (CAT,)),
        ("tiny_boxes", (CAT, Box("dog", 50, 50, 52, 90)), (CAT,)),
        ("cut_boxes", (CAT, Box("dog", 490, 50, 512, 80)), (CAT,)),
    ],
)
def test_slips_of_the_hand_are_taken_away_with_one_click(
    kind: str, boxes: tuple[Box, ...], left: tuple[Box, ...]
) -> None:
    manifest = a_manifest(boxes)
    told = found(manifest)
    assert set(told) == {kind}
    (remedy,) = told[kind].remedy
    assert told[kind].groups == ((picture(12).key,),)
    better = apply(manifest, remedy)
    assert found(better) == {} and boxes_of(better, 12) == left


def boxes_of(manifest: Manifest, number: int) -> tuple[Box, ...]:
    return next(e.boxes or () for e in manifest.examples if e.name == f"{number}.jpg")


def test_a_whole_thing_at_the_edge_is_no_fault() -> None:
    assert found(a_manifest((Box("dog", 412, 50, 512, 130),))) == {}


def test_one_thing_in_two_classes_is_for_a_person() -> None:
    told = found(a_manifest((CAT, Box("dog", 300, 20, 400, 121))))
    assert set(told) == {"two_names"} and not told["two_names"].remedy
    assert told["two_names"].message.startswith("2 boxes on one picture are nearly the same")


def test_what_the_network_does_not_see() -> None:
    told = found(a_manifest((CAT, Box("cat", 50, 50, 57, 90))))
    assert set(told) == {"unseen"} and "less than 8 pixels wide or high" in told["unseen"].message


def test_a_class_that_always_lies_inside_another() -> None:
    car = Box("car", 10, 300, 200, 400)
    many = [(car, Box("wheel", 20, 350, 60, 390), Box("wheel", 140, 350, 180, 390))] * 12
    told = found(a_manifest(*many))
    assert set(told) == {"nested"} and told["nested"].message.startswith("“wheel” inside “car”.")
    assert len(told["nested"].groups[0]) == 12
    apart = [(car, Box("wheel", 320, 350, 360, 390))]
    assert found(a_manifest(*many, *apart * 3)) == {}


def test_pictures_that_nobody_has_drawn_on() -> None:
    told = found(a_manifest(undrawn=2))
    assert set(told) == {"unannotated"} and told["unannotated"].title == "Pictures without boxes"
    assert told["unannotated"].message.startswith("2 pictures without boxes")


def test_a_class_of_few_pictures_cannot_be_set_aside_for_it() -> None:
    told = found(a_manifest((CAT, Box("fox", 50, 50, 100, 90))))
    assert set(told) == {"few"} and not told["few"].remedy and len(told["few"].groups[0]) == 1


def test_a_picture_with_a_great_many_boxes_costs_little() -> None:
    many = tuple(Box("cat", n, n, n + 40, n + 40) for n in range(MOST_COMPARED + 500))
    told = found(a_manifest(many))["doubled"]
    assert told.message.startswith(f"{MOST_COMPARED // 2:,} boxes on one picture")  # every other one of them
