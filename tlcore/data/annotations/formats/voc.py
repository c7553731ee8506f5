"""Pascal VOC: one XML file for each picture, with a box for each object. Boxes are taken as they stand."""

from __future__ import annotations

import math
from collections.abc import Iterator
from xml.etree.ElementTree import Element  # the type only: documents.py parses

from tlcore.data.annotations.annotation import RawObject, Sheet, pixels
from tlcore.data.annotations.files.class_lists import ClassList
from tlcore.data.annotations.files.documents import content_of, read_xml
from tlcore.data.annotations.files.layout import Layout
from tlcore.data.files.source import FileEntry

NAME = "Pascal VOC"
MOST_BYTES = 10_000_000
_SIZE = ("width", "height")
_EDGES = ("xmin", "ymin", "xmax", "ymax")


def pick(layout: Layout) -> list[FileEntry]:
    """Files that may be of this format."""
    return layout.of_kind(".xml")


def read(entry: FileEntry, classes: ClassList | None) -> Iterator[Sheet]:
    """The sheet of a file; nothing where it is of another format.

    Raises:
        MalformedFile: it cannot be read.
    """
    elements = read_xml(content_of(entry, MOST_BYTES))
    if next(elements).tag != "annotation":
        return
    sheet = Sheet(entry.name)
    for element in elements:
        if element.tag == "filename":
            sheet.pictures = ("", (element.text or "").strip())
        elif element.tag == "size":
            sheet.width, sheet.height = (pixels(float_in(element.findtext(tag))) for tag in _SIZE)
        elif element.tag == "object":
            sheet.add(_object, element)
    yield sheet


def _object(element: Element) -> RawObject:
    left, top, right, bottom = (float_in(element.findtext(f"bndbox/{tag}")) for tag in _EDGES)
    label = (element.findtext("name") or "").strip()
    return RawObject(label, None if element.find("bndbox") is None else (left, top, right, bottom))


def float_in(text: str | None) -> float:
    """The number that a text spells; NaN where it spells none."""
    try:
        return float(text or "")
    except ValueError:
        return math.nan
