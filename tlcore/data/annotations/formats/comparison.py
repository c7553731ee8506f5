"""Comparison of the boxes that two formats give the same pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tlcore.data.annotations.acceptance import fit
from tlcore.data.annotations.annotation import Annotation

_OFF_THE_EDGE = 0.25  # whole and half pixels are far from where rounding turns


@dataclass(frozen=True)
class BoxDifference:
    """Boxes that only one of two formats has, and those that both have, to the pixel."""

    shared: int = 0
    only_first: int = 0
    only_second: int = 0


def compare(first: Mapping[str, Annotation], second: Mapping[str, Annotation]) -> BoxDifference:
    """The boxes of all pictures of both; only their number where neither knows a picture's size."""
    shared = only_first = only_second = 0
    for name in {*first, *second}:
        one, other = first.get(name), second.get(name)
        mine, theirs = (
            (_boxes(one, other) if one else Counter()),
            (_boxes(other, one) if other else Counter()),
        )
        shared += (mine & theirs).total()
        only_first += (mine - theirs).total()
        only_second += (theirs - mine).total()
    return BoxDifference(shared, only_first, only_second)


def _boxes(annotation: Annotation, other: Annotation | None) -> Counter[object]:
    """Its boxes by class and whole pixels, or by class alone where pixels cannot be told."""
    sized = next((one for one in (annotation, other) if one and one.width and not one.is_relative), None)
    if annotation.is_relative and sized:
        annotation = fit(annotation, sized.width, sized.height)
    if sized is None and (annotation.is_relative or (other and other.is_relative)):
        return Counter(box.label for box in annotation.boxes)
    return Counter(
        (box.label, *(round(edge + _OFF_THE_EDGE) for edge in (box.left, box.top, box.right, box.bottom)))
        for box in annotation.boxes
    )
