"""Rows of a batch whose answers say where things are: counts or shares for a table, and what can be drawn.

A detector's answer has the number of objects of each class, and each of them; a segmenter's has the share of
each class, its pixels as COCO writes them, and a small class map.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from tlcore.records import JsonType
from tlcore.runs.batches.batch import BatchRow
from tlcore.runs.question import Answer


class FoundBox(msgspec.Struct, frozen=True, array_like=True):
    """One object that a model found, its edges in pixels of the picture."""

    label: str
    score: float
    left: float
    top: float
    right: float
    bottom: float


class PlaceAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One model's answer in figures, the time of it in milliseconds, reading the picture included.

    Attributes:
        threshold: the score from which on an object counted.
        counts: the number of objects of each class that was found, the most first.
        areas: the share of each class, 0 to 1, largest first.
        unknown: the number of objects that are unlike anything in training; 1 for a whole picture that is.
    """

    milliseconds: float = 0.0
    threshold: float = 0.0
    counts: dict[str, int] = {}
    areas: dict[str, float] = {}
    unknown: int = 0


class FullPlaceAnswer(PlaceAnswer, frozen=True, omit_defaults=True):
    """The same with what can be drawn: `boxes`; or `regions`, the pixels of each class as COCO writes them,
    and `map`, the class map as a small PNG in base64.
    """

    boxes: tuple[FoundBox, ...] = ()
    regions: tuple[dict[str, Any], ...] = ()
    map: str = ""


FIGURES = JsonType(BatchRow[PlaceAnswer])
FULL = JsonType(BatchRow[FullPlaceAnswer])


def place_row(name: str, answers: Sequence[Answer]) -> BatchRow[FullPlaceAnswer]:
    """The row of one picture from what each model answered, with `milliseconds` besides."""
    error = next((answer["error"] for answer in answers if "error" in answer), "")
    if error:
        return BatchRow(name, error=error)
    size = answers[0]["width"], answers[0]["height"]
    return BatchRow(name, "", "", tuple(map(_given, answers)), *size)


def _given(answer: Answer) -> FullPlaceAnswer:
    fields = FoundBox.__struct_fields__
    boxes = tuple(FoundBox(*(box[name] for name in fields)) for box in answer.get("boxes", ()))
    return FullPlaceAnswer(
        milliseconds=answer["milliseconds"],
        threshold=answer.get("threshold", 0.0),
        counts=dict(Counter(box.label for box in boxes).most_common()),
        areas=answer.get("areas", {}),
        unknown=sum(bool(one.get("unknown")) for one in answer.get("boxes", [answer])),
        boxes=boxes,
        regions=tuple(answer.get("regions", ())),
        map=answer.get("map", ""),
    )
