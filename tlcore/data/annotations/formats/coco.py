"""COCO: one JSON file for many pictures, with boxes, outlines and run lengths, and numbers for classes."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from functools import partial

import msgspec

from tlcore.data.annotations.annotation import (
    MOST_CORNERS,
    MOST_OBJECTS,
    Corners,
    Edges,
    RawObject,
    RunLengths,
    Sheet,
    pixels,
)
from tlcore.data.annotations.areas import BAD_RUNS, TOO_LONG, check_runs, counts_in, outline
from tlcore.data.annotations.files.class_lists import ClassList, label_of
from tlcore.data.annotations.files.documents import MOST_OF_OBJECT, check_objects, json_of, read_json
from tlcore.data.annotations.files.layout import Layout
from tlcore.data.files.source import FileEntry
from tlcore.records import JsonType, MalformedJson

NAME = "COCO"
MOST_BYTES = 100_000_000
UNKNOWN = "Its class number is not among the categories."
BROKEN = "Its entry cannot be read."
NO_IMAGE = "It belongs to a picture that the file does not list."
_Id = int | str | float | None


class _Image(msgspec.Struct, frozen=True):
    id: _Id = None
    file_name: str | None = None
    width: float | str | None = None
    height: float | str | None = None


class _Category(msgspec.Struct, frozen=True):
    id: _Id = None
    name: str | None = None
    supercategory: str | None = None


class _Object(msgspec.Struct, frozen=True):
    image_id: _Id = None
    category_id: _Id = None
    bbox: msgspec.Raw = msgspec.Raw(b"null")
    segmentation: msgspec.Raw = msgspec.Raw(b"null")
    iscrowd: int | float | bool | None = None


class _CocoFile(msgspec.Struct, frozen=True):
    images: list[_Image]
    annotations: list[_Object] = []
    categories: list[_Category] = []


class _Runs(msgspec.Struct, frozen=True):
    size: tuple[int, int]
    counts: str | list[int]


class _Place(msgspec.Struct, frozen=True):
    """An object's box and area, as JSON has them."""

    bbox: list[float | None] | None = None
    segmentation: _Runs | list[list[float | None]] | None = None


COCO_FILE = JsonType(_CocoFile)
PLACE = JsonType(_Place)


def pick(layout: Layout) -> list[FileEntry]:
    """Files that may be of this format."""
    return layout.of_kind(".json")


def read(entry: FileEntry, classes: ClassList | None) -> Iterator[Sheet]:
    """The sheets of a file, one for each picture; nothing where it is of another format.

    Objects of no picture come last, on a sheet for none.

    Raises:
        MalformedFile: it cannot be read.
    """
    content = json_of(entry, MOST_BYTES)
    if b'"images"' not in content or b'"annotations"' not in content:
        return
    check_objects(content, 2 * MOST_OBJECTS)
    said = read_json(COCO_FILE, content)
    del content
    names = {one.id: label_of(one.name) for one in _used(said)}
    if not names and said.annotations:
        return  # captions, say
    objects: defaultdict[_Id, list[_Object]] = defaultdict(list)
    for found in said.annotations:
        objects[found.image_id].append(found)
    for image in said.images:
        sheet = Sheet(entry.name, (image.file_name or "?",), pixels(image.width), pixels(image.height))
        read_object = partial(_object, names, (sheet.height, sheet.width))
        for found in objects.pop(image.id, ()):
            sheet.add(read_object, found)
        sheet.classes = tuple(names.values())
        yield sheet
    if lost := sum(map(len, objects.values())):
        yield Sheet(entry.name, (), objects=[RawObject(refusal=NO_IMAGE)] * lost)


def _used(said: _CocoFile) -> list[_Category]:
    """The categories without the one that Roboflow puts above them all, of which there are no objects."""
    used = {found.category_id for found in said.annotations}
    above = {one.supercategory for one in said.categories}
    return [one for one in said.categories if one.id in used or one.name not in above]


def _object(names: dict[_Id, str], size: tuple[int, int], found: _Object) -> RawObject:
    label = names.get(found.category_id, "")
    if not label:
        return RawObject(refusal=UNKNOWN)
    box, area = (bytes(memoryview(part)) for part in (found.bbox, found.segmentation))
    if len(box) + len(area) > MOST_OF_OBJECT:
        return RawObject(refusal=TOO_LONG)
    try:
        place = PLACE.decode(b'{"bbox":' + box + b',"segmentation":' + area + b"}")
    except MalformedJson:
        return RawObject(refusal=BROKEN)
    taken = RawObject(label, _edges(place.bbox), crowd=bool(found.iscrowd))
    try:
        if isinstance(place.segmentation, _Runs):
            taken.runs = _run_lengths(place.segmentation, size)
        elif place.segmentation:
            polygons = _outlines(place.segmentation)
            taken.polygons = () if _is_rectangle(polygons, taken.box) else polygons
    except ValueError as error:
        taken.refusal = str(error)
    return taken


def _edges(bbox: list[float | None] | None) -> Edges | None:
    if not bbox:
        return None
    left, top, width, height = [math.nan if number is None else number for number in (*bbox, *[None] * 4)][:4]
    return left, top, left + width, top + height


def _run_lengths(runs: _Runs, size: tuple[int, int]) -> RunLengths:
    """Its run lengths, which are of the whole picture: its height and width, where the file says these."""
    if all(size) and runs.size != size:
        raise ValueError(BAD_RUNS)
    return check_runs(counts_in(runs.counts) if isinstance(runs.counts, str) else runs.counts, *runs.size)


def _outlines(polygons: list[list[float | None]]) -> tuple[Corners, ...]:
    """Its outlines; scraps of fewer than three corners are left out where there are others.

    Raises:
        ValueError: there is none, or they are too long; the message is the reason.
    """
    whole = [part for part in polygons if len(part) >= 6] or polygons[:1]
    if sum(map(len, whole)) > 2 * MOST_CORNERS:
        raise ValueError(TOO_LONG)
    return tuple(outline([math.nan if number is None else number for number in part]) for part in whole)


def _is_rectangle(polygons: tuple[Corners, ...], box: Edges | None) -> bool:
    """True if an outline only repeats the box."""
    if len(polygons) != 1 or box is None or len(polygons[0]) > 10:
        return False
    edges = [box[number % 2 :: 2] for number in range(len(polygons[0]))]
    return (
        all(
            min(abs(number - edge) for edge in pair) <= 1
            for number, pair in zip(polygons[0], edges, strict=True)
        )
        and len(polygons[0]) >= 8
    )
