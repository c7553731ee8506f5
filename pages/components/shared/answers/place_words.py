"""Answers that say where things are, in words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

from pages.components.shared.text import percent, plain
from tlcore.evaluate.novelty import FLAGGED_SHARE
from tlcore.runs.question import Answer

LEAST_SHARE = 0.005  # of a picture, that is named
NOTHING = "Nothing was found"
PICTURE_UNKNOWN = "Nothing in training looks like this picture, so the areas may mean nothing."
PICTURE_UNLIKE = "Little in training looks like this picture, so check the areas."


def say_answer(answer: Answer) -> str:
    """The answer: `3 RBC, 1 WBC`, or `62.0 % pet`."""
    if "areas" in answer:
        return say_shares(answer["areas"])
    return say_counts(Counter(box["label"] for box in answer["boxes"]))


def say_counts(counts: Mapping[str, int]) -> str:
    """Numbers of objects by class, the most first; "" for none."""
    most = sorted(counts.items(), key=lambda one: -one[1])
    return ", ".join(f"{count:,} {plain(label)}" for label, count in most if count)


def say_shares(areas: Mapping[str, float]) -> str:
    """Shares of a picture by class; "" where all are tiny."""
    shares = [(label, share) for label, share in areas.items() if share >= LEAST_SHARE]
    return ", ".join(f"{percent(share)} {plain(label)}" for label, share in shares)


def say_unlike(answer: Answer) -> str:
    """The parts of the answer that are unlike the training examples, as a sentence; "" for nothing.

    Among many objects a few are always a little unlike: they are told of in the table, and here only where
    they are more than in most pictures.
    """
    if "areas" in answer:
        check = PICTURE_UNLIKE if answer.get("unlike") else ""
        return PICTURE_UNKNOWN if answer.get("unknown") else check
    boxes = answer["boxes"]
    unknown = sum(bool(box.get("unknown")) for box in boxes)
    unlike = sum(bool(box.get("unlike")) for box in boxes) - unknown
    sentences = []
    if unknown:
        sentences.append(
            f"{_of(unknown, len(boxes))} unlike anything in training: do not trust {_them(unknown)}."
        )
    if unlike and not _is_usual(unlike + unknown, len(boxes)):
        sentences.append(f"{_of(unlike, len(boxes))} unlike most in training: check {_them(unlike)}.")
    return " ".join(sentences)


def _is_usual(count: int, objects: int) -> bool:
    """True where more than one ordinary picture in ten with so many objects has as many that are unlike."""
    share = FLAGGED_SHARE
    fewer = sum(math.comb(objects, n) * share**n * (1 - share) ** (objects - n) for n in range(count))
    return fewer < 0.9


def say_likeness(box: Answer) -> str:
    """The same for one object, in a cell of a table; "" for one like those in training."""
    unlike = "little is like it" if box.get("unlike") else ""
    return "nothing is like it" if box.get("unknown") else unlike


def _of(count: int, all_of_them: int) -> str:
    return f"{count:,} of {all_of_them:,} objects {'is' if count == 1 else 'are'}"


def _them(count: int) -> str:
    return "it" if count == 1 else "them"
