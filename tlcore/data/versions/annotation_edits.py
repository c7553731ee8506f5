"""Edits of what is drawn on a picture, and what each makes of it; `edits.py` has all other edits.

An edit names the digest of what the person looked at, since others may have changed it meanwhile.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable

import msgspec

from tlcore.data.manifest import Box, Example, Key
from tlcore.errors import DataError, printable


class SetBoxes(msgspec.Struct, frozen=True):
    """Give a picture these boxes, in its pixels, in place of all that it had. It is used from then on.

    `seen` is the `annotation_digest` of what the person looked at: others may have changed it since.
    """

    key: Key
    boxes: tuple[Box, ...]
    seen: str


class SetAreas(msgspec.Struct, frozen=True):
    """Give a picture this class map in place of all that it had. It is used from then on.

    `mask` is the SHA-256 of the stored map, `areas` are the classes in it. `classes` are those of the data
    set by which the map was made: the ones that it had, and behind them the new ones.
    """

    key: Key
    mask: str
    areas: tuple[str, ...]
    classes: tuple[str, ...]
    seen: str


class RemoveBoxes(msgspec.Struct, frozen=True):
    """Take these boxes away, each from its picture. Of two copies one stays where only one is named."""

    boxes: tuple[tuple[Key, Box], ...]


def picture_gone(key: Key) -> DataError:
    """The error of whoever draws on a picture that the data set does not hold any more."""
    return DataError("This picture is not in the data set any more.", received=printable(key[1]))


def annotation_digest(example: Example) -> str:
    """A digest of what is drawn on a picture, the same while nobody changes it."""
    return hashlib.sha256(msgspec.json.encode((example.boxes, example.mask))).hexdigest()[:16]


def annotate(example: Example, edit: SetBoxes | SetAreas) -> Example:
    """The picture with what was drawn on it.

    Raises:
        DataError: others have changed it since the person looked at it.
    """
    if isinstance(edit, SetBoxes):
        made = msgspec.structs.replace(example, boxes=edit.boxes)
    else:
        made = msgspec.structs.replace(example, mask=edit.mask, areas=edit.areas)
    if annotation_digest(example) != edit.seen and example != made:
        raise DataError(
            "Somebody else has changed what is drawn on this picture in the meantime. Yours is still here.",
            received=printable(example.name),
            remedy="Save once more to keep yours, or go to another picture and back to see theirs.",
        )
    return made


def by_key(boxes: Iterable[tuple[Key, Box]]) -> dict[Key, Counter[Box]]:
    """The boxes of each picture, with how often each is named."""
    found: defaultdict[Key, Counter[Box]] = defaultdict(Counter)
    for key, box in boxes:
        found[key][box] += 1
    return found


def remove_boxes(example: Example, boxes: Counter[Box]) -> Example:
    """The picture without these boxes."""
    left = []
    gone = boxes.copy()
    for box in example.boxes or ():
        if gone[box]:
            gone[box] -= 1
        else:
            left.append(box)
    return msgspec.structs.replace(example, boxes=tuple(left))


def rename(example: Example, old: str, new: str) -> Example:
    """The example with another name for a class, its own, or of its boxes or areas."""
    if old not in example.labels:
        return example
    boxes = example.boxes and tuple(
        dict.fromkeys(
            msgspec.structs.replace(box, label=new) if box.label == old else box for box in example.boxes
        )
    )
    label = new if example.label == old else example.label
    areas = tuple(new if area == old else area for area in example.areas)
    return msgspec.structs.replace(example, label=label, boxes=boxes, areas=areas)
