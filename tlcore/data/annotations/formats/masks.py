"""Mask pictures: one PNG for each picture, whose pixels tell their class by index or by colour.

255 does not count, unless a class list calls it a class, or there is nothing but 0 and 255.
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from tlcore.data.annotations.acceptance import has_shape
from tlcore.data.annotations.annotation import (
    BACKGROUND,
    IGNORED,
    MOST_AREA_CLASSES,
    MaskFile,
    Sheet,
)
from tlcore.data.annotations.class_maps import has_colours, mask_values
from tlcore.data.annotations.files.class_lists import ClassList
from tlcore.data.annotations.files.layout import MOST_OF_A_NAME, spread, stem
from tlcore.data.files.source import FileEntry
from tlcore.data.images import decode
from tlcore.errors import DataError, PictureError

NAME = "mask pictures"
_FOLDER = re.compile(r"mask|annot|label|segment|ground.?truth|trimap|^gts?$|^seg$|^targets?$", re.IGNORECASE)
_ENDING = re.compile(r"[-_. ](masks?|seg|segmentation|labels?|gt|annotations?|matte|L)$", re.IGNORECASE)
_OF_OBJECTS = re.compile("SegmentationObject", re.IGNORECASE)  # one value for each object, whatever its class
_IGNORED_NAME = re.compile(r"ignore|void|border|unlabel|don.?t.?care", re.IGNORECASE)
_SAMPLE = 50  # masks whose values are looked at
_LOOK = 8  # masks that must look like some
_MOST_VALUES = 64  # in one of them: a photo has thousands


def pick(entries: Sequence[FileEntry]) -> list[FileEntry]:
    """The masks among them: called so or in a folder called so, beside pictures of the same name and shape.

    A folder around both says nothing.
    """
    named = [entry for entry in entries if entry.name.lower().endswith(".png") and _marks(entry.name)]
    if not named:
        return []
    by_stem = defaultdict(list)
    for entry in entries:
        by_stem[stem(entry.name.casefold().rpartition("/")[2])].append(entry)
    pictures: dict[str, list[FileEntry]] = {}
    telling: set[str] = set()
    for mask in named:
        marks = _marks(mask.name)
        same = by_stem[picture_name(mask.name).casefold()][:MOST_OF_A_NAME]
        if found := [entry for entry in same if _marks(entry.name) < marks]:
            pictures[mask.name] = found
            telling |= marks - _marks(found[0].name)
    masks = [mask for mask in named if _marks(mask.name) & telling]
    some = spread([mask for mask in masks if mask.name in pictures], _LOOK)
    fitting = sum(_fits(mask, pictures[mask.name]) for mask in some)  # one may be broken
    return masks if 2 * fitting > len(some) and 2 * len(pictures) >= len(masks) else []


def _marks(name: str) -> set[str]:
    """The words that call a file a mask: folders of its path, and the end of its name."""
    *folders, last = name.split("/")
    found = {"/".join(folders[: at + 1]) for at, folder in enumerate(folders) if _FOLDER.search(folder)}
    ending = _ENDING.search(stem(last))
    return found | {ending[0].casefold()} if ending else found


def picture_name(mask: str) -> str:
    """The name of a mask's picture, without folder and ending."""
    return _ENDING.sub("", stem(mask.rpartition("/")[2]))


def _fits(mask: FileEntry, pictures: Iterable[FileEntry]) -> bool:
    """True if a mask has few values, and the shape of one of these pictures, whatever their size."""
    try:
        values = mask_values(mask.read(), are_colours=True)
        if len(np.unique(values)) > _MOST_VALUES:
            return False
        return any(_is_of_shape(picture, *values.shape) for picture in list(pictures)[:5])
    except PictureError:
        return False


def _is_of_shape(picture: FileEntry, height: int, width: int) -> bool:
    """True if a picture has this shape, lying or upright."""
    try:
        with Image.open(io.BytesIO(picture.read()), formats=decode.FORMATS) as image:
            return any(has_shape((width, height), size) for size in (image.size, image.size[::-1]))
    except PictureError:
        raise
    except Exception as error:  # Pillow's readers of headers raise anything
        raise PictureError("It is no picture.") from error


@dataclass(frozen=True)
class MaskClasses:
    """The classes of masks: their names, and the place among these of each value of a pixel."""

    names: tuple[str, ...]
    numbers: dict[int, int]
    are_colours: bool
    notes: tuple[str, ...] = ()


def find_classes(masks: Sequence[FileEntry], lists: Sequence[ClassList]) -> MaskClasses:
    """The classes of these masks, by the class list that names most of the values in some of them.

    Raises:
        DataError: there are more classes than a class map can tell apart.
    """
    indices, colours = _values(masks)
    by_colour = [(one.colours, colours, True) for one in lists if one.colours]
    by_index = [(_by_index(one, indices), indices, False) for one in lists if indices]
    for options in (by_colour, by_index):
        shares = [len(values & set(names)) / len(values) for names, values, _ in options]
        if options and max(shares) >= 0.5:
            return _numbered(*options[shares.index(max(shares))])
    values = sorted(indices or colours)
    if values != [0, IGNORED] and indices:
        values = [value for value in values if value != IGNORED] or [0]
    names = {value: f"class {number}" for number, value in enumerate(values)}
    note = "No class list names the values of the masks: they are called class 1, class 2 and so on."
    found = _numbered(names | ({0: BACKGROUND} if 0 in names else {}), set(names), not indices)
    return replace(found, notes=(note,))


def _values(masks: Sequence[FileEntry]) -> tuple[set[int], set[int]]:
    """The indices and the colours in some of the masks; no indices where one has colours other than grey."""
    indices: set[int] = set()
    colours: set[int] = set()
    coloured = False
    for mask in spread(masks, _SAMPLE):
        try:
            content = mask.read()
            coloured = coloured or has_colours(content)
            indices.update(np.unique(mask_values(content, are_colours=False)).tolist())
            colours.update(np.unique(mask_values(content, are_colours=True)).tolist())
        except PictureError:  # whoever reads all of them will hear of it
            continue
    return (set() if coloured else indices), colours or {0}


def _by_index(classes: ClassList, values: set[int]) -> dict[int, str]:
    """The names for what is there: lists may leave out the background, and masks may have 0 and 255 alone."""
    names = classes.names
    if values == {0, IGNORED} and IGNORED not in names and 0 < len(names) <= 2:
        first, *others = names.values()
        return {0: first, IGNORED: others[0]} if others else {0: BACKGROUND, IGNORED: first}
    highest = max(values - {IGNORED}, default=0)
    if 0 in values and (0 not in names or (highest == len(names) and not classes.is_table)):
        shift = int(0 in names)
        return {0: BACKGROUND} | {value + shift: name for value, name in names.items()}
    return names


def _numbered(names: dict[int, str], values: set[int], are_colours: bool) -> MaskClasses:
    """Class numbers in the order of the names; what is to be ignored, as its name says, has `IGNORED`."""
    names = {n: BACKGROUND if name.casefold() == BACKGROUND else name for n, name in names.items()}
    ignored = {value for value, name in names.items() if _IGNORED_NAME.search(name)}
    kept = tuple(dict.fromkeys(name for value, name in names.items() if value not in ignored))
    if len(kept) > MOST_AREA_CLASSES:
        raise DataError(
            f"The masks have {len(kept):,} classes; at most {MOST_AREA_CLASSES} can be told apart.",
            remedy="Give each class a value from 0 to 254, and list them in classes.csv.",
        )
    numbers = {value: IGNORED if value in ignored else kept.index(name) for value, name in names.items()}
    unknown = sorted(values - set(names) - (set() if are_colours else {IGNORED}))
    listed = ", ".join(f"#{value:06x}" if are_colours else str(value) for value in unknown[:5])
    note = f"The class list does not name the values {listed} of the masks: their pixels do not count."
    return MaskClasses(kept, numbers, are_colours, (note,) if unknown else ())


def read(classes: MaskClasses, entry: FileEntry) -> Iterator[Sheet]:
    """The sheet of a mask: the areas of all classes. It is decoded by `class_map`."""
    mask = MaskFile(entry, classes.numbers, classes.are_colours)
    yield Sheet(entry.name, (picture_name(entry.name),), mask=mask)


def is_of_objects(entry: FileEntry) -> bool:
    """True for masks that tell objects apart and not their classes."""
    return bool(_OF_OBJECTS.search(entry.name))
