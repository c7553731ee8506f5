"""LabelMe: a JSON file for each picture, with rectangles and polygons. Its copy of the picture is unread."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

from tlcore.data.annotations.annotation import MOST_IN_PICTURE, RawObject, Sheet, pixels
from tlcore.data.annotations.areas import TOO_LONG, around, outline
from tlcore.data.annotations.files.class_lists import ClassList
from tlcore.data.annotations.files.documents import MOST_OF_OBJECT, check_objects, json_of, read_json
from tlcore.data.annotations.files.layout import Layout
from tlcore.data.files.source import FileEntry
from tlcore.errors import printable
from tlcore.records import JsonType, MalformedJson

NAME = "LabelMe"
MOST_BYTES = 100_000_000  # with the copy of the picture


class _Shape(msgspec.Struct, frozen=True):
    label: str | int | float | None = None
    points: msgspec.Raw = msgspec.Raw(b"[]")
    shape_type: str | None = None


class _LabelmeFile(msgspec.Struct, frozen=True):
    shapes: list[_Shape]
    imagePath: str | None = None
    imageWidth: float | str | None = None
    imageHeight: float | str | None = None


LABELME_FILE = JsonType(_LabelmeFile)
POINTS = JsonType(list[tuple[float | None, float | None]])


def pick(layout: Layout) -> list[FileEntry]:
    """Files that may be of this format."""
    return layout.of_kind(".json")


def read(entry: FileEntry, classes: ClassList | None) -> Iterator[Sheet]:
    """The sheet of a file; nothing where it is of another format.

    Raises:
        MalformedFile: it cannot be read.
    """
    content = json_of(entry, MOST_BYTES)
    if b'"shapes"' not in content:
        return
    check_objects(content, 10 * MOST_IN_PICTURE)
    said = read_json(LABELME_FILE, content)
    sheet = Sheet(entry.name, ("", said.imagePath or ""), pixels(said.imageWidth), pixels(said.imageHeight))
    for shape in said.shapes:
        sheet.add(_object, shape)
    yield sheet


def _object(shape: _Shape) -> RawObject:
    kind = shape.shape_type or "polygon"
    label = "" if shape.label is None else str(shape.label)
    if kind not in ("rectangle", "polygon"):
        return RawObject(refusal=f"A {printable(kind, 30)} is neither a rectangle nor a polygon.")
    if len(memoryview(shape.points)) > MOST_OF_OBJECT:
        return RawObject(refusal=TOO_LONG)
    try:
        points = POINTS.decode(shape.points)
    except MalformedJson:
        return RawObject(refusal="Its points cannot be read.")
    numbers = [math.nan if number is None else number for point in points for number in point]
    if kind == "rectangle":
        return RawObject(label, around(numbers) if len(numbers) >= 4 else None)
    try:
        return RawObject(label, polygons=(outline(numbers),))
    except ValueError as error:
        return RawObject(refusal=str(error))
