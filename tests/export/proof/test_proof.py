"""The bar of each kind of format: what is the same answer, and when a file is refused."""

from __future__ import annotations

import numpy as np
import pytest

from tlcore.export.formats.formats import FORMATS
from tlcore.export.proof.proof import Agreement, agreement, refusal

EXACT, ROUNDED = FORMATS["onnx"], FORMATS["onnx-int8"]


def split(n: int = 100, right: int = 90, right_before: int = 90, **changes: float) -> Agreement:
    told = {"same": n, "largest": 0.0} | changes
    return Agreement(
        n=n, right=right, right_before=right_before, same=int(told["same"]), largest=told["largest"]
    )


def test_of_two_classes_as_good_as_alike_either_may_come_first() -> None:
    before = np.array([[0.5005, 0.4995], [0.6, 0.4], [0.5, 0.5]])
    after = np.array([[0.499, 0.501], [0.4, 0.6], [0.5, 0.5]])
    found = agreement(after, before, np.array([0, 0, 0]))
    assert (found.n, found.same, found.right, found.right_before) == (3, 2, 1, 3)
    assert found.largest == pytest.approx(0.2)


def test_an_answer_that_is_no_number_differs_without_end() -> None:
    found = agreement(np.array([[np.nan, 1.0]]), np.array([[0.1, 0.9]]), np.array([1]))
    assert found.largest == float("inf")
    assert refusal(EXACT, {"validation": found}) and refusal(ROUNDED, {"validation": found})


def test_a_single_class_has_no_second_one() -> None:
    assert agreement(np.ones((2, 1)), np.ones((2, 1)), np.zeros(2, int)).same == 2


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
    validation = split(n=n, right=n - 10 - fewer, right_before=n - 10, same=n // 2, largest=0.9)
    assert bool(refusal(ROUNDED, {"validation": validation, "test": split()})) is is_refused


def test_the_test_part_does_not_decide_about_rounded_formats() -> None:
    assert refusal(ROUNDED, {"validation": split(), "test": split(right=10)}) == ""
    assert refusal(ROUNDED, {"test": split()})  # nothing that may decide
