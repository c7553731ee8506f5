"""YOLO: one text file for each picture, a line for each object, in shares of its width and height.

A line has the number of a class and either the middle and size of a box, or the corners of an outline. Of a
pose, whose points follow its box, the box is taken.
"""

from __future__ import annotations

import io
import re
from array import array
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice

from tlcore.data.annotations.annotation import RawObject, Sheet
from tlcore.data.annotations.areas import TOO_LONG, outline
from tlcore.data.annotations.files.class_lists import ClassList
from tlcore.data.annotations.files.documents import MOST_OF_OBJECT, content_of, text_of
from tlcore.data.annotations.files.layout import Layout
from tlcore.data.files.source import FileEntry

NAME = "YOLO"
MOST_BYTES = 10_000_000
SLACK = 0.01  # by which a point of a body may lie outside its box, as a share of the picture
UNKNOWN = "Its class number is not in the class list."
_NO_LINE = "The line is no class number with the numbers of a box or an outline."
_LINE = re.compile(r"\d+(\s+[-+.\deE]+){4,}|\d+(\s+(nan|[-+]?inf)){4}")


def pick(layout: Layout) -> list[FileEntry]:
    """Files that may be of this format: texts called as pictures are."""
    return [entry for entry in layout.of_kind(".txt") if layout.has(entry.name)]


def read(entry: FileEntry, classes: ClassList | None) -> Iterator[Sheet]:
    """The sheet of a file; nothing where it is of another format. An empty file says: no object.

    Raises:
        MalformedFile: it cannot be read.
    """
    text = text_of(content_of(entry, MOST_BYTES))
    first = [line for line in islice(io.StringIO(text), 20) if line.strip()]
    if first and not any(_LINE.match(line.strip()) for line in first):
        return
    sheet = Sheet(entry.name, is_relative=True)
    read_object = partial(_object, classes)
    for line in io.StringIO(text):  # one by one: as a list millions of empty ones would fill the memory
        if line.strip():
            sheet.add(read_object, line)
    yield sheet


def _object(classes: ClassList | None, line: str) -> RawObject:
    if len(line) > MOST_OF_OBJECT:
        return RawObject(refusal=TOO_LONG)
    words = line.split()
    try:
        number, values = int(words[0]), array("d", map(float, words[1:]))
    except ValueError:
        return RawObject(refusal=_NO_LINE)
    label = f"class {number}" if classes is None else classes.names.get(number, "")
    if number < 0 or not label:
        return RawObject(refusal=UNKNOWN)
    keypoints = classes.keypoints if classes else 0
    if len(values) in (4, 5, 4 + keypoints) or _is_pose(values):  # the fifth is the confidence of a model
        across, down, width, height = values[:4]
        edges = (across - width / 2, down - height / 2, across + width / 2, down + height / 2)
        return RawObject(label, edges)
    try:
        return RawObject(label, polygons=(outline(values),))
    except ValueError as error:
        return RawObject(refusal=str(error))


def _is_pose(values: Sequence[float]) -> bool:
    """True for a box with points of a body, each across, down and how well it is seen: 0, 1 or 2.

    They lie in the box, and unseen ones that nobody has placed at 0, 0. Outlines at the border of a picture
    have zeros and ones, too, but not so.
    """
    points = values[4:]
    if not points or len(points) % 3 or not set(points[2::3]) <= {0.0, 1.0, 2.0}:
        return False
    across, down, width, height = values[:4]
    return all(
        (x, y, seen) == (0, 0, 0)
        or (abs(x - across) <= width / 2 + SLACK and abs(y - down) <= height / 2 + SLACK)
        for x, y, seen in zip(points[0::3], points[1::3], points[2::3], strict=True)
    )
