from __future__ import annotations

import numpy as np
import pytest

from tlcore.data.manifest import Example, Manifest
from tlcore.evaluate.report import score
from tlcore.evaluate.without_duplicates import score_without_duplicates

LABELS = ("cat", "dog")


def a_case(
    right: list[bool], alike: tuple[tuple[str, ...], ...], before: tuple[str, ...] = ()
) -> tuple[float, float, int, int]:
    """Test pictures t0, t1 … beside a training picture r and a validation picture v."""
    tested = [Example(f"t{n}", f"t{n}.jpg", "cat") for n in range(len(right))]
    rest = [Example("r", "r.jpg", "cat"), Example("v", "v.jpg", "dog")]
    manifest = Manifest(name="x", examples=(*tested, *rest), alike=alike)
    is_learned = np.array([*[False] * len(tested), True, True])
    answers = np.array([[0.9, 0.1] if is_right else [0.1, 0.9] for is_right in right])
    shown = [(e.sha256, e.name) for e in tested]
    found = score_without_duplicates(
        score("test", LABELS, np.zeros(len(right), int), answers, shown), manifest, is_learned, before
    )
    return found.accuracy, found.accuracy_without, found.n, found.copies


def test_without_copies_the_score_is_what_it_is() -> None:
    assert a_case([True, True, False, True], ()) == (0.75, 0.75, 4, 0)
    assert a_case([True, True, False, True], (("t0", "t1"),)) == (0.75, 0.75, 4, 0), "both are tested"


def test_copies_of_what_trained_or_chose_are_left_out() -> None:
    alike = (("r", "t0", "t1"), ("t3", "v"))
    assert a_case([True, True, False, True], alike) == (0.75, 0.0, 4, 3)


def test_exact_copies_need_no_group() -> None:
    found = a_case([True, False, False], (("r", "t0"),))
    assert found == (pytest.approx(1 / 3), 0.0, 3, 1)


def test_nothing_but_copies() -> None:
    assert a_case([True], (("r", "t0"),)) == (1.0, 0.0, 1, 1)


@pytest.mark.parametrize("before", [("t0",), ("gone",), ("gone", "other")])
def test_copies_of_what_an_earlier_run_learned_are_left_out(before: tuple[str, ...]) -> None:
    """Also of one that has been set aside since then."""
    alike = (("gone", "t0", "t2"), ("lost", "t3"))
    assert a_case([True, False, True, True], alike, before)[2:] == (4, 2)
    assert a_case([True, False, True, True], (), before)[2:] == (4, int("t0" in before))
