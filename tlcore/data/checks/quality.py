"""Pictures that show little: tiny, blank, dark, blurred, oddly shaped.

A trait of many pictures is the nature of the data set, not a fault: fluorescent cells on black, say.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from tlcore.data.checks.problem import SET_ASIDE, CheckInput, Problem, keys, set_aside
from tlcore.data.manifest import Example
from tlcore.data.near_duplicates import BLANK

NATURE = 0.2  # share of all pictures from which on it is no fault
TINY = 32  # pixels of the shorter side
DARK = 25  # mean grey value ...
FLAT = 25  # ... and contrast: a thing in front of black has more
BLURRED = 0.04  # of the sharpness that pictures of the data set usually have
DULL = 80  # sharpness that is blurred at most: a set of razor-sharp drawings has no blurred photos
ODD = 3.5  # times as long as it is wide


def blank(data: CheckInput) -> Problem | None:
    """Nothing in the picture; a fault however many they are."""
    examples = [e for e in data.manifest.examples if e.look is not None and e.look.contrast <= BLANK]
    message = "of a single colour: there is nothing to learn."
    return _problem(data, "blank", "Blank pictures", examples, message)


def tiny(data: CheckInput) -> Problem | None:
    """Too small to show much."""
    return _rare(
        data,
        "tiny",
        "Tiny pictures",
        lambda e: 0 < min(e.width, e.height) < TINY,
        f"with a side under {TINY} pixels, unlike the others: enlarged, they are a blur.",
    )


def dark(data: CheckInput) -> Problem | None:
    """Nearly black, though not blank."""
    return _rare(
        data,
        "dark",
        "Dark pictures",
        lambda e: e.look is not None and BLANK < e.look.contrast < FLAT and e.look.brightness < DARK,
        "close to black, unlike the others.",
    )


def blurred(data: CheckInput) -> Problem | None:
    """Without edges, measured by what is usual in this data set."""
    sharp = [e.look.sharpness for e in data.manifest.examples if e.look and e.look.contrast > BLANK]
    limit = min(DULL, BLURRED * median(sharp)) if sharp else 0
    return _rare(
        data,
        "blurred",
        "Blurred pictures",
        lambda e: e.look is not None and e.look.contrast > BLANK and e.look.sharpness < limit,
        "with hardly a sharp edge, unlike the others: out of focus, or enlarged from something small.",
    )


def odd_shape(data: CheckInput) -> Problem | None:
    """Very long or very tall."""
    return _rare(
        data,
        "odd_shape",
        "Oddly shaped pictures",
        lambda e: max(e.width, e.height) > ODD * min(e.width, e.height) > 0,
        f"more than {ODD:g} times as long as wide, unlike the others. The network sees a square: "
        "they are squeezed, or most of them is cut off.",
    )


def _rare(
    data: CheckInput, kind: str, title: str, has_trait: Callable[[Example], bool], message: str
) -> Problem | None:
    """The problem of the pictures with a trait, unless they are many."""
    examples = [e for e in data.manifest.examples if has_trait(e)]
    if len(examples) > NATURE * len(data.manifest.examples):
        return None
    return _problem(data, kind, title, examples, message)


def _problem(
    data: CheckInput, kind: str, title: str, examples: list[Example], message: str
) -> Problem | None:
    if not examples:
        return None
    return Problem(
        kind,
        title,
        f"{data.counted(len(examples))} {message}",
        (keys(examples),),
        set_aside(examples),
        SET_ASIDE,
    )
