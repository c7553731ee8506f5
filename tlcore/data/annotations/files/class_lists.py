"""Class lists: files beside the pictures that say which number, or which colour, is which class.

Read are `data.yaml`, lists of one class in a line (`classes.txt`, `obj.names`, `_darknet.labels`), tables of
values or colours (`classes.csv`, `_classes.csv`, `class_dict.csv`) and CVAT's `labelmap.txt`.
"""

from __future__ import annotations

import csv
import functools
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import NamedTuple

from tlcore.data.annotations.files.documents import MalformedFile, content_of, read_yaml, text_of
from tlcore.data.annotations.files.layout import Layout
from tlcore.data.files.source import FileEntry
from tlcore.data.versions.edits import class_name
from tlcore.errors import DataError, PictureError

MOST_CLASSES = 1_000
_HIGHEST = 65_535  # number of a class: a mask has no larger values
_LONGEST = 1_000  # characters of a class that are looked at
MOST_BYTES = 200_000  # PyYAML reads no faster than 100 kB in a second
_LINES = {
    "classes.txt",
    "obj.names",
    "_darknet.labels",
    "predefined_classes.txt",
    "class_names.txt",
    "labels.txt",
}
_TABLES = {"classes.csv", "_classes.csv", "class_dict.csv"}
_COLOURS = {"labelmap.txt", "label_colors.txt"}


@dataclass(frozen=True)
class ClassList:
    """Names by number, in the order of the file. `colours`: the same by red × 65536 + green × 256 + blue.

    `keypoints`: how many numbers stand behind each box, where a YOLO file says so.
    """

    file: str
    names: dict[int, str]
    colours: dict[int, str]
    keypoints: int = 0

    @property
    def is_table(self) -> bool:
        """True if the file itself gives each class its number; in a list it is the place in it."""
        return self.file.lower().endswith(".csv")


def find_lists(layout: Layout) -> list[ClassList]:
    """All class lists that can be read, the nearest to the top first.

    Files that only look like one, such as a table of labels, give none.
    """
    entries = layout.of_kind(".yaml", ".yml", ".txt", ".names", ".labels", ".csv")
    named = [(entry, parse) for entry in entries if (parse := _parser(entry.name)) is not None]
    named.sort(key=lambda one: (one[0].name.count("/"), one[1] is not _yaml, one[0].name))
    return [found for entry, parse in islice(named, 50) if (found := _read(entry, parse)) is not None]


class _Content(NamedTuple):
    """The classes that a file lists, as in `ClassList`."""

    names: dict[int, str]
    colours: dict[int, str] = {}  # noqa: RUF012  never changed
    keypoints: int = 0


_Parse = Callable[[bytes], _Content]


def _parser(name: str) -> _Parse | None:
    last = PurePosixPath(name.casefold()).name
    if last.endswith((".yaml", ".yml")):
        return _yaml
    if last in _LINES:
        return _lines
    if last in _TABLES:
        return _table
    return _colours if last in _COLOURS else None


def _read(entry: FileEntry, parse: _Parse) -> ClassList | None:
    try:
        names, colours, keypoints = parse(content_of(entry, MOST_BYTES))
    except (MalformedFile, PictureError, ValueError, csv.Error):
        return None
    names = {number: name for number, name in names.items() if 0 <= number <= _HIGHEST}
    count = max(len(names), len(colours))
    return ClassList(entry.name, names, colours, keypoints) if 0 < count <= MOST_CLASSES else None


def label_of(text: object) -> str:
    """A class as it is kept everywhere; "" where nothing of it is left, or it is no text."""
    return _label(text[:_LONGEST]) if isinstance(text, str) else ""


@functools.lru_cache(maxsize=4096)
def _label(text: str) -> str:
    try:
        return class_name(text)
    except DataError:
        return ""


def _yaml(content: bytes) -> _Content:
    """`names` of Ultralytics' and Roboflow's files: a list, or numbers with names; `kpt_shape` of points."""
    read = read_yaml(content)
    top = read if isinstance(read, dict) else {}
    names, shape = top.get("names"), top.get("kpt_shape")
    pairs = names.items() if isinstance(names, dict) else enumerate(names if isinstance(names, list) else ())
    return _Content(
        {int(number): text for number, name in pairs if (text := label_of(name))},
        keypoints=math.prod(int(str(number)) for number in shape[:2]) if isinstance(shape, list) else 0,
    )


def _lines(content: bytes) -> _Content:
    lines = text_of(content).rstrip().splitlines()
    return _Content({number: text for number, line in enumerate(lines) if (text := label_of(line))})


def _table(content: bytes) -> _Content:
    """Columns of a value and a name, or of a name, red, green and blue; the first row names them."""
    rows = list(csv.reader(text_of(content).splitlines(), skipinitialspace=True))
    head = [cell.strip().casefold() for cell in rows[0]] if rows else []
    name = _column(head, "name", "class", "label", "class name")
    value = _column(head, "value", "pixel value", "id", "index", "class id")
    colour = [_column(head, *words) for words in (("r", "red"), ("g", "green"), ("b", "blue"))]
    if name < 0:
        raise ValueError("no column of names")
    rows = [row for row in rows[1:] if len(row) == len(head) and label_of(row[name])]
    if min(colour) >= 0:
        colours = {_packed([row[at] for at in colour]): label_of(row[name]) for row in rows}
        return _Content(dict(enumerate(colours.values())), colours)
    if value < 0:
        raise ValueError("no column of values")
    return _Content({int(row[value]): label_of(row[name]) for row in rows})


def _column(head: Sequence[str], *words: str) -> int:
    return next((head.index(word) for word in words if word in head), -1)


def _packed(colour: Sequence[str]) -> int:
    red, green, blue = (int(text) for text in colour)
    if not all(0 <= part <= 255 for part in (red, green, blue)):
        raise ValueError("no colour")
    return red << 16 | green << 8 | blue


def _colours(content: bytes) -> _Content:
    """CVAT's lines, "name:red,green,blue:parts:actions", or CamVid's, "red green blue name"."""
    colours = {}
    for line in text_of(content).splitlines():
        if found := re.fullmatch(r"\s*(?P<name>[^#:][^:]*):(?P<colour>\d+,\d+,\d+):[^:]*:[^:]*", line):
            colours[_packed(found["colour"].split(","))] = label_of(found["name"])
        elif found := re.fullmatch(r"\s*(?P<colour>\d+\s+\d+\s+\d+)\s+(?P<name>\S.*)", line):
            colours[_packed(found["colour"].split())] = label_of(found["name"])
    colours = {colour: name for colour, name in colours.items() if name}
    return _Content(dict(enumerate(colours.values())), colours)
