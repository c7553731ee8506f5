"""The bar of each kind of format: what is the same answer, and when a file is refused."""

from __future__ import annotations

import pytest

from tlcore.export.formats.formats import FORMATS
from tlcore.export.proof.answers import Agreement
from tlcore.export.proof.proof import refusal

EXACT, ROUNDED = FORMATS["onnx"], FORMATS["onnx-int8"]


def split(n: int = 100, score: float = 0.9, score_before: float = 0.9, **changes: float) -> Agreement:
    same, largest = int(changes.get("same", n)), changes.get("largest", 0.0)
    return Agreement(n=n, score=score, score_before=score_before, same=same, largest=largest)


@pytest.mark.parametrize(
    ("splits", "is_refused"),
    [
        ({"validation": split(largest=0.0099)}, False),
        ({"validation": split(largest=0.0101)}, True),
        ({"validation": split(same=99)}, True),
        ({"validation": split(), "test": split(same=99)}, True),
        ({"validation": split(n=0, same=0), "test": split(n=0, same=0)}, True),
    ],
)
def test_an_exact_format_says_the_same(splits: dict[str, Agreement], is_refused: bool) -> None:
    assert bool(refusal(EXACT, splits)) is is_refused


@pytest.mark.parametrize(
    ("n", "fewer", "is_refused"), [(50, 2, False), (50, 3, True), (400, 4, False), (400, 5, True)]
)
def test_a_rounded_format_may_lose_a_point_or_two_examples(n: int, fewer: int, is_refused: bool) -> None:
    validation = split(n=n, score=0.9 - fewer / n, same=n // 2, largest=0.9)
    assert bool(refusal(ROUNDED, {"validation": validation, "test": split()})) is is_refused


def test_the_test_part_does_not_decide_about_rounded_formats() -> None:
    assert refusal(ROUNDED, {"validation": split(), "test": split(score=0.1)}) == ""
    assert refusal(ROUNDED, {"test": split()})  # nothing that may decide


def test_a_rounded_format_whose_answers_are_no_numbers_is_refused() -> None:
    assert refusal(ROUNDED, {"validation": split(largest=float("inf"))}) == "Its answers are no numbers."
