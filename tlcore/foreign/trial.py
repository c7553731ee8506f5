"""The trial of a model from elsewhere: its answers to pictures, with every pixel range that can be meant.

`trial.json` in the candidate's folder. Where the true classes are known, they tell which range is right.
"""

from __future__ import annotations

import msgspec

from tlcore.foreign.facts import ModelAnswers, PixelRange
from tlcore.records import JsonType

MOST = 100  # pictures that are asked about
SHOWN = 12  # of them, with their answers
LIKELIEST = 3  # classes of an answer
CLEAR_LEAD = 2  # more right answers than with any other range: then the best one is recommended


class RangeScore(msgspec.Struct, frozen=True, kw_only=True):
    """How the model answered with one pixel range: right answers, and its mean confidence."""

    pixels: PixelRange
    right: int
    confidence: float


class TriedPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture and the likeliest classes with each range, as (label, chance).

    Attributes:
        file: of the picture: of the data set, or below the candidate's folder.
        label: its true class; "": nobody said.
    """

    file: str
    name: str
    label: str
    answers: dict[PixelRange, tuple[tuple[str, float], ...]]


class ModelTrial(msgspec.Struct, frozen=True, kw_only=True):
    """All of `trial.json`.

    Attributes:
        answers: what the person had said; other answers need another trial.
        data, version: the folder of the data set, and its version; "" for pictures without classes.
        n: pictures with a class.
    """

    answers: ModelAnswers
    data: str = ""
    version: int = 1
    n: int
    scores: tuple[RangeScore, ...]
    pictures: tuple[TriedPicture, ...]

    @property
    def best(self) -> PixelRange | None:
        """The range that gives the most right answers; None where that is no clear one."""
        if not self.n:
            return None
        ranked = sorted(self.scores, key=lambda one: (-one.right, -one.confidence))
        if len(ranked) > 1 and ranked[0].right < ranked[1].right + CLEAR_LEAD:
            return None
        return ranked[0].pixels


TRIAL = JsonType(ModelTrial)
