"""Traits that give a class away are found, named in plain words and told from chance."""

from __future__ import annotations

import msgspec
import pytest

from tests.data.checks.test_problems import PLAIN, a_manifest, example, found, numbers
from tlcore.data.checks.shortcuts import trait_accuracy
from tlcore.data.manifest import Example, ImageStatistics

COLOURED = msgspec.structs.replace(PLAIN, chroma=90, camera="")


def look(**changes: object) -> dict[str, ImageStatistics]:
    return {"look": msgspec.structs.replace(COLOURED, **changes)}


TRAITS: dict[str, tuple[dict[str, object], str]] = {
    "colour": (look(chroma=3), "are grey"),
    "shape": ({"width": 300, **look()}, "are square"),
    "orientation": ({"width": 300, "height": 400, **look()}, "are upright"),
    "size": ({"width": 640, "height": 480, **look()}, "are 640 × 480 pixels large"),
    "border": (look(border="ffffff"), "are in a white frame"),
    "file": (look(form="PNG"), "are PNG files"),
    "camera": (look(camera="Canon EOS"), "are taken with “Canon EOS”"),
}
LABELS = ("ant", "bee", "cat", "dog")


def one(number: int, label: str, has: dict[str, object]) -> Example:
    return example(number, label, **({"look": COLOURED} | has))  # type: ignore[arg-type]


def planted(has: dict[str, object], label: str = "cat", each: int = 20, share: float = 0.9) -> list[Example]:
    """Four classes, of which one has the trait but for a tenth."""
    return [
        one(100 * number + n, name, has if name == label and n < share * each else {})
        for number, name in enumerate(LABELS)
        for n in range(each)
    ]


@pytest.mark.parametrize("trait", TRAITS)
def test_a_trait_of_one_class_is_named_with_its_pictures(trait: str) -> None:
    has, words = TRAITS[trait]
    manifest = a_manifest(planted(has))
    told = found(manifest)
    assert set(told) == {"shortcut"}
    said = told["shortcut"].message
    assert said.startswith("18 of 20 pictures of “cat” ") and words in said.split(";")[0]
    assert "of the 60 others 0 are" in said and "guessing gets 25%" in said
    assert numbers(told["shortcut"]) == [set(range(200, 218))] and not told["shortcut"].remedy
    assert trait_accuracy(manifest) > 0.4


@pytest.mark.parametrize("trait", TRAITS)
@pytest.mark.parametrize("every", [1, 2, 3])
def test_what_every_class_has_gives_nothing_away(trait: str, every: int) -> None:
    has = TRAITS[trait][0]
    mixed = [one(n, LABELS[n % 4], has if n // 4 % every == 0 else {}) for n in range(80)]
    assert found(a_manifest(mixed)) == {} and trait_accuracy(a_manifest(mixed)) < 0.4


def test_what_others_have_often_enough_is_the_nature_of_the_set() -> None:
    others = [one(1000 + n, LABELS[n % 2], look(chroma=3)) for n in range(20)]
    assert found(a_manifest([*planted(look(chroma=3)), *others])) == {}


def test_a_class_of_a_handful_is_no_evidence() -> None:
    few = [one(n, "cat", look(form="PNG")) for n in range(4)]
    assert "shortcut" not in found(a_manifest([*few, *(one(100 + n, "dog", {}) for n in range(40))]))


def test_several_traits_and_classes_are_named() -> None:
    """As in a set that strangers brought: one class nearly all in colour, others grey and square."""
    grey = [one(n, ("a", "b", "c")[n % 3], {"width": 300, **look(chroma=2)}) for n in range(90)]
    odd = [
        one(100 + n, "x", {"width": 300 if n == 54 else 400, **look(chroma=90 if n < 49 else 2)})
        for n in range(55)
    ]
    said = found(a_manifest([*grey, *odd]))["shortcut"].message
    assert said.startswith(
        "54 of 55 pictures of “x” are wide, 49 are in colour; of the 90 others 0 are wide."
    )
    many = [one(10 * k + n, f"class {k}", {"width": 400 + k}) for k in range(5) for n in range(10)]
    assert "The same goes for 2 more classes." in found(a_manifest(many))["shortcut"].message


def test_two_traits_that_tell_only_together_are_found() -> None:
    def one_of(n: int, is_grey: bool, is_square: bool) -> Example:
        label = "cat" if is_grey and is_square else "dog"
        return one(n, label, {"width": 300 if is_square else 400, **look(chroma=2 if is_grey else 90)})

    both = [one_of(n, n < 40 or n % 2 == 0, n < 40 or n % 2 == 1) for n in range(120)]
    said = found(a_manifest(both))["shortcut"].message
    assert said.startswith("40 of 40 pictures of “cat” can be told from the others by several traits")
    assert "dog" not in said


def test_what_earlier_versions_did_not_measure_is_not_guessed_at() -> None:
    """Else what came in with one version would have it in common."""
    old = msgspec.structs.replace(COLOURED, chroma=None, camera=None)
    mixed = [one(n, LABELS[n // 20], {"look": old} if n < 20 else look(chroma=2)) for n in range(80)]
    assert found(a_manifest(mixed)) == {}
    none = [one(n, LABELS[n // 20], {"look": None, "width": 300 if n < 20 else 400}) for n in range(80)]
    assert "“ant” are square" in found(a_manifest(none))["shortcut"].message
