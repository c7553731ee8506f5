"""Annotation: what a source says of the objects in one picture, whatever the format.

    files ─ voc, coco, yolo, labelme, cvat, masks ─► `Sheet` ─ acceptance ─► `Annotation` ─► boxes, class map

A sheet is what a file claims; an annotation is what of it was accepted, with the reason for everything else.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from tlcore.data.files.source import FileEntry
from tlcore.data.manifest import Box

T = TypeVar("T")
Edges = tuple[float, float, float, float]  # left, top, right, bottom
Corners = array  # of float: x, y, x, y … in 8 bytes each, where a tuple would take 32
MOST_OBJECTS = 1_000_000  # of all pictures, and pictures themselves: some 200 MB
MOST_IN_PICTURE = 10_000
MOST_CORNERS = 50_000  # of one area
MOST_NUMBERS = 20_000_000  # of all areas: corners and run lengths
MOST_AREA_CLASSES = 255  # a class map has one byte for a pixel, and 255 says that it does not count
IGNORED = 255
BACKGROUND = "background"


@dataclass(frozen=True, slots=True)
class RunLengths:
    """An area as lengths of runs of pixels, outside and inside in turn, in a rectangle of the picture.

    The rectangle has `height` × `width` pixels, begins at (`left`, `top`) and is read column by column, as
    COCO does, or row by row, as CVAT does.
    """

    counts: array[int]
    height: int
    width: int
    left: int = 0
    top: int = 0
    by_rows: bool = False


@dataclass(slots=True)
class RawObject:
    """One object as a file claims it.

    `refusal` is why it cannot be taken, or, where there is a box, why its area cannot; "": it can.
    """

    label: str = ""
    box: Edges | None = None
    polygons: tuple[Corners, ...] = ()
    runs: RunLengths | None = None
    crowd: bool = False  # many objects in one, which nobody has told apart
    refusal: str = ""

    @property
    def is_area(self) -> bool:
        return bool(self.polygons) or self.runs is not None


@dataclass(frozen=True, slots=True)
class MaskFile:
    """A picture's class map as the file that was brought, and the class number of each of its values.

    Values are indices, or colours as red × 65536 + green × 256 + blue.
    """

    entry: FileEntry
    numbers: Mapping[int, int]
    are_colours: bool


@dataclass(slots=True)
class Sheet:
    """Everything that one annotation file claims of one picture.

    `pictures` are names for it, to be tried in this order; "" is the file's own, with another ending; none:
    its objects belong to no picture. Width and height are 0 where the file does not say. `is_relative`:
    coordinates are shares of them, not pixels.
    """

    file: str
    pictures: tuple[str, ...] = ("",)
    width: int = 0
    height: int = 0
    objects: list[RawObject] = field(default_factory=list)
    is_relative: bool = False
    mask: MaskFile | None = None
    left_out: int = 0  # further objects, beyond `MOST_IN_PICTURE`
    classes: tuple[str, ...] = ()  # that the file declares, in its order

    def add(self, read: Callable[[T], RawObject], part: T) -> None:
        """Take in what `read` makes of a part of the file; it is not called once there are enough."""
        if len(self.objects) < MOST_IN_PICTURE:
            self.objects.append(read(part))
        else:
            self.left_out += 1


@dataclass(frozen=True, slots=True)
class Area:
    """The pixels of one object: inside an odd number of the polygons, or of its runs."""

    label: str
    polygons: tuple[Corners, ...] = ()
    runs: RunLengths | None = None
    crowd: bool = False


@dataclass(frozen=True, slots=True)
class Annotation:
    """The objects in one picture that were accepted.

    Coordinates are pixels of a picture of `width` × `height`, 0 where the file does not say; where
    `is_relative`, they are shares of these. `fit` turns them into pixels of the picture that is there.
    """

    picture: str  # name of its entry in the source
    file: str  # that says so
    width: int = 0
    height: int = 0
    boxes: tuple[Box, ...] = ()
    areas: tuple[Area, ...] = ()
    skipped: tuple[str, ...] = ()  # for each object that was not accepted, the reason
    is_relative: bool = False
    mask: MaskFile | None = None


def pixels(size: float | str | None) -> int:
    """A width or height that a file declares, as text, too; 0 where it says nothing that can be one."""
    try:
        number = float(size[:20] if isinstance(size, str) else size or 0)
    except ValueError:
        return 0
    return int(number) if 1 <= number <= 1_000_000 else 0
