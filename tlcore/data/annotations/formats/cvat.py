"""CVAT for images: one XML file for many pictures, with boxes, outlines and masks."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from xml.etree.ElementTree import Element  # the type only: documents.py parses

from tlcore.data.annotations.annotation import Edges, RawObject, Sheet, pixels
from tlcore.data.annotations.areas import BAD_RUNS, TOO_LONG, check_runs, outline
from tlcore.data.annotations.files.class_lists import ClassList, label_of
from tlcore.data.annotations.files.documents import MOST_OF_OBJECT, content_of, read_xml
from tlcore.data.annotations.files.layout import Layout
from tlcore.data.annotations.formats.voc import float_in
from tlcore.data.files.source import FileEntry
from tlcore.errors import printable

NAME = "CVAT"
MOST_BYTES = 100_000_000
_EDGES = ("xtl", "ytl", "xbr", "ybr")


def pick(layout: Layout) -> list[FileEntry]:
    """Files that may be of this format."""
    return layout.of_kind(".xml")


def read(entry: FileEntry, classes: ClassList | None) -> Iterator[Sheet]:
    """The sheets of a file, one for each picture; nothing where it is of another format.

    Raises:
        MalformedFile: it cannot be read.
    """
    elements = read_xml(content_of(entry, MOST_BYTES))
    if next(elements).tag != "annotations":
        return
    declared: tuple[str, ...] = ()
    for element in elements:
        if element.tag == "meta":
            names = (label_of(name.text or "") for name in element.iterfind(".//labels/label/name"))
            declared = tuple(dict.fromkeys(name for name in names if name))
        elif element.tag == "image":
            width, height = (pixels(float_in(element.get(name))) for name in ("width", "height"))
            sheet = Sheet(entry.name, (element.get("name") or "?",), width, height, classes=declared)
            for shape in element:
                sheet.add(_object, shape)
            yield sheet


def _object(shape: Element) -> RawObject:
    label = shape.get("label", "")
    if max(len(shape.get("points", "")), len(shape.get("rle", ""))) > MOST_OF_OBJECT:
        return RawObject(refusal=TOO_LONG)
    try:
        match shape.tag:
            case "box" if not float_in(shape.get("rotation", "0")):
                return RawObject(label, _edges(shape))
            case "polygon":
                numbers = shape.get("points", "").replace(";", ",").split(",")
                return RawObject(label, polygons=(outline(array("d", map(float_in, numbers))),))
            case "mask":
                return _mask(label, shape)
    except ValueError as error:
        return RawObject(refusal=str(error))
    kind = "turned box" if shape.tag == "box" else printable(shape.tag, 30)
    return RawObject(refusal=f"A {kind} is neither an upright box nor an area.")


def _edges(shape: Element) -> Edges:
    left, top, right, bottom = (float_in(shape.get(name)) for name in _EDGES)
    return left, top, right, bottom


def _mask(label: str, shape: Element) -> RawObject:
    """Run lengths, row by row in a rectangle of the picture."""
    try:
        counts = [int(number) for number in shape.get("rle", "").split(",")]
        height, width, left, top = (int(shape.get(name, "")) for name in ("height", "width", "left", "top"))
    except ValueError as error:
        raise ValueError(BAD_RUNS) from error
    return RawObject(label, runs=check_runs(counts, height, width, left, top, by_rows=True))
