"""A picture with a detector's answers and the objects that it missed, drawn over it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pages.components.shared.viewers import overlay, safe_preview
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example
from tlcore.errors import printable
from tlcore.evaluate.detection.score import AnsweredBox, PictureBoxes, TrueBox

LEGEND = "A box is an answer with its class and score. Wrong ones say so. Dashed boxes are missed objects."
EDGES = ("left", "top", "right", "bottom")  # of an object in an answer
LONGEST_NAME = 20  # letters of a class on a picture
Pair = tuple[TrueBox | None, AnsweredBox | None]  # an object and its answer; one may be None


def drawn(dataset: Dataset, example: Example, pairs: Iterable[Pair], labels: Sequence[str]) -> bytes:
    """The picture with these objects and answers, as a JPEG; empty where it is gone."""
    try:
        picture = safe_preview.of(dataset.file(example.sha256).read_bytes())
    except OSError:
        return b""
    if picture.refused:
        return b""
    return overlay.with_boxes(picture.encoded, marks(pairs, (example.width, example.height), labels))


def marks(pairs: Iterable[Pair], size: tuple[int, int], labels: Sequence[str]) -> list[overlay.DrawnBox]:
    """Boxes to draw, those with mistakes on top.

    Args:
        size: width and height of the picture whose pixels the boxes count.
    """
    order = sorted(pairs, key=_is_right, reverse=True)
    return [_mark(true, answer, size, labels) for true, answer in order]


def answer_marks(
    picture: PictureBoxes, size: tuple[int, int], labels: Sequence[str]
) -> list[overlay.DrawnBox]:
    """The answers of a picture whose objects nobody has drawn."""
    return [
        overlay.DrawnBox(overlay.shares(one.box, size), one.number, _caption(one, labels))
        for one in picture.answers
    ]


def truth_marks(
    picture: PictureBoxes, size: tuple[int, int], labels: Sequence[str]
) -> list[overlay.DrawnBox]:
    """The true boxes alone."""
    return [
        overlay.DrawnBox(
            overlay.shares(one.box, size), one.number, printable(labels[one.number], LONGEST_NAME)
        )
        for one in picture.objects
    ]


def _is_right(pair: Pair) -> bool:
    true, answer = pair
    return true is not None and answer is not None and true.number == answer.number


def _mark(
    true: TrueBox | None, answer: AnsweredBox | None, size: tuple[int, int], labels: Sequence[str]
) -> overlay.DrawnBox:
    name = printable(labels[true.number], LONGEST_NAME) if true else ""
    if answer is None:
        assert true, "an object or an answer"
        return overlay.DrawnBox(overlay.shares(true.box, size), true.number, f"missed {name}", True)
    caption = _caption(answer, labels)
    if true is None:
        caption += ", invented"
    elif true.number != answer.number:
        caption += f", is {name}"
    return overlay.DrawnBox(overlay.shares(answer.box, size), answer.number, caption)


def _caption(answer: AnsweredBox, labels: Sequence[str]) -> str:
    return f"{printable(labels[answer.number], LONGEST_NAME)} {answer.score:.0%}"
