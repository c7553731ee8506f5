"""Boxes that are there twice, hold next to nothing, or lie always inside another: slips of a hand, mostly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from statistics import median

import numpy as np

from tlcore.config.recommended import RECOMMENDED
from tlcore.data.checks.problem import CheckInput, Problem, quoted
from tlcore.data.manifest import Box, Example
from tlcore.data.versions.annotation_edits import RemoveBoxes

SAME, SAME_THING = 0.85, 0.9  # IoU of two boxes of one class that are one; and of two classes
TINY = 3  # pixels of a picture: no hand draws so small a thing
EDGE, CUT = 0.5, 0.25  # pixels from the edge of a picture; share of what boxes of the class usually cover
SEEN = 8  # pixels of the network's input: one step of its finest map
INSIDE, ALWAYS, FEWEST = 0.9, 0.95, 10  # share of a box, share of a class, and boxes of it to say so
MOST_COMPARED = 500  # boxes of a picture that are compared with each other
MOST_CLASSES = 500  # that are compared with each other
MOST_NAMED = 3  # pairs of classes
Found = list[tuple[Example, Box]]


def doubled(data: CheckInput) -> Problem | None:
    """Nearly the same box of one class more than once; the first one stays."""
    found: Found = []
    for example, boxes, labels in _pictures(data):
        pairs = np.triu(_overlaps(boxes) >= SAME, 1)
        gone = np.zeros(len(boxes), bool)
        for at in np.flatnonzero(pairs.any(axis=1)):
            if not gone[at]:
                gone |= pairs[at] & (labels == labels[at])
        found += _at(example, np.flatnonzero(gone))
    return _problem(
        data,
        "doubled",
        "Boxes that are there twice",
        found,
        "nearly the same as another one of the same class. Each counts as a thing of its own, and a model "
        "can find only one of them.",
        "Take the copies away",
    )


def two_names(data: CheckInput) -> Problem | None:
    """One thing under two classes; only a person can tell which is right."""
    found: Found = []
    for example, boxes, labels in _pictures(data):
        one, other = np.nonzero(_overlaps(boxes) >= SAME_THING)
        found += _at(example, np.unique(one[labels[one] != labels[other]]).tolist())
    return _problem(
        data,
        "two_names",
        "One thing in two classes",
        found,
        "nearly the same as one of another class. At most one is right: open the picture, and delete the "
        "other.",
    )


def tiny(data: CheckInput) -> Problem | None:
    """So small that it was hardly meant."""
    found = [(e, box) for e, box in _boxes(data) if _side(box) < TINY]
    return _problem(
        data,
        "tiny_boxes",
        "Tiny boxes",
        found,
        f"less than {TINY} pixels wide or high: more likely a slip of the hand than a thing.",
        "Take them away",
    )


def cut(data: CheckInput) -> Problem | None:
    """At the edge of a picture, and with little left of the thing; compared with whole ones of the class."""
    usual: dict[str, list[float]] = {}
    for example, box in _boxes(data):
        if not _is_cut(example, box):
            usual.setdefault(box.label, []).append(_area(box))
    least = {label: CUT * median(areas) for label, areas in usual.items()}
    found = [
        (e, box) for e, box in _boxes(data) if _is_cut(e, box) and _area(box) < least.get(box.label, 0.0)
    ]
    return _problem(
        data,
        "cut_boxes",
        "Boxes cut by the edge of the picture",
        found,
        "what is left of a thing at the edge, less than a quarter of what its class usually covers. "
        "It looks like nothing in particular.",
        "Take them away",
    )


def unseen(data: CheckInput) -> Problem | None:
    """Smaller than the network sees at the recommended input size; the tiny ones are told of already."""
    size = RECOMMENDED[data.manifest.task].input_size or 0
    found = [
        (e, box)
        for e, box in _boxes(data)
        if _side(box) >= TINY and _side(box) * size / max(e.width, e.height, 1) < SEEN
    ]
    return _problem(
        data,
        "unseen",
        "Things too small for the network",
        found,
        f"less than {SEEN} pixels wide or high where pictures enter with {size}: the network hardly sees "
        "them. Choose a larger input on the Model page, or cut the pictures into parts.",
    )


def nested(data: CheckInput) -> Problem | None:
    """A class whose boxes always lie inside those of another one."""
    classes = data.manifest.classes
    if len(classes) > MOST_CLASSES:
        return None
    number = {label: at for at, label in enumerate(classes)}
    count = np.zeros(len(classes))
    inside = np.zeros((len(classes), len(classes)))
    for _, boxes, labels in _pictures(data):
        numbers = np.array([number[label] for label in labels.tolist()])
        within = _intersections(boxes) >= INSIDE * _areas(boxes)[:, None]
        around = np.zeros((len(boxes), len(classes)), bool)
        for at in np.unique(numbers):
            around[:, at] = within[:, numbers == at].any(axis=1)
        np.add.at(count, numbers, 1)
        np.add.at(inside, numbers, around)
    np.fill_diagonal(inside, 0)
    pairs = np.argwhere((inside >= ALWAYS * count[:, None]) & (count >= FEWEST)[:, None] & (inside > 0))
    if not len(pairs):
        return None
    said = [
        f"{quoted([classes[one]])} inside {quoted([classes[other]])}" for one, other in pairs[:MOST_NAMED]
    ]
    names = {classes[one] for one, _ in pairs}
    return Problem(
        "nested",
        "A class that always lies inside another",
        f"{'; '.join(said)}. That is right for the parts of a thing. If both mean the same thing, give one "
        "class the name of the other on the Classes tab.",
        (tuple(e.key for e in data.manifest.examples if names & e.labels),),
    )


def _boxes(data: CheckInput) -> Iterator[tuple[Example, Box]]:
    for example in data.manifest.examples:
        for box in example.boxes or ():
            yield example, box


def _pictures(data: CheckInput) -> Iterator[tuple[Example, np.ndarray, np.ndarray]]:
    """Pictures with boxes: the edges of at most `MOST_COMPARED`, (n, 4), and their classes, (n,) of str."""
    for example in data.manifest.examples:
        boxes = (example.boxes or ())[:MOST_COMPARED]
        if boxes:
            edges = np.array([(box.left, box.top, box.right, box.bottom) for box in boxes], float)
            yield example, edges, np.array([box.label for box in boxes], object)


def _at(example: Example, places: Iterable[int]) -> Found:
    boxes = example.boxes or ()
    return [(example, boxes[int(at)]) for at in places]


def _side(box: Box) -> float:
    return min(box.right - box.left, box.bottom - box.top)


def _area(box: Box) -> float:
    return (box.right - box.left) * (box.bottom - box.top)


def _is_cut(example: Example, box: Box) -> bool:
    ends = (box.left, box.top, example.width - box.right, example.height - box.bottom)
    return min(ends) <= EDGE


def _areas(boxes: np.ndarray) -> np.ndarray:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def _intersections(boxes: np.ndarray) -> np.ndarray:
    """The area that each two boxes (n, 4) share, (n, n)."""
    left, top, right, bottom = boxes.T
    across = np.minimum.outer(right, right) - np.maximum.outer(left, left)
    down = np.minimum.outer(bottom, bottom) - np.maximum.outer(top, top)
    return across.clip(0, out=across) * down.clip(0, out=down)


def _overlaps(boxes: np.ndarray) -> np.ndarray:
    """The IoU of each two boxes, (n, n)."""
    shared, areas = _intersections(boxes), _areas(boxes)
    return shared / np.maximum(areas[:, None] + areas - shared, 1e-9)


def _problem(
    data: CheckInput, kind: str, title: str, found: Found, message: str, button: str = ""
) -> Problem | None:
    """The problem of these boxes, with the pictures that have most of them first."""
    if not found:
        return None
    count = Counter(example.key for example, _ in found)
    pictures = data.words.counted(len(count))
    boxes = f"One box on {pictures} is" if len(found) == 1 else f"{len(found):,} boxes on {pictures} are"
    return Problem(
        kind,
        title,
        f"{boxes} {message}",
        (tuple(key for key, _ in count.most_common()),),
        (RemoveBoxes(tuple((example.key, box) for example, box in found)),) if button else (),
        button,
    )
