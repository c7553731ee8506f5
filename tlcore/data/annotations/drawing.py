"""Drawing: what a person drew on a picture in the browser, accepted or refused like a stranger's file.

browser ─ shapes in pixels of the picture ─► acceptance ─► an edit (`tlcore/data/versions/`)
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from tlcore.data.annotations import areas
from tlcore.data.annotations.acceptance import (
    NO_CLASS,
    NO_NUMBER,
    NO_PLACE,
    TOO_MANY,
    TWICE,
    clip,
    fit,
    why_empty,
)
from tlcore.data.annotations.annotation import (
    BACKGROUND,
    IGNORED,
    MOST_AREA_CLASSES,
    MOST_IN_PICTURE,
    Annotation,
    Area,
)
from tlcore.data.annotations.class_maps import MOST_PIXELS, read_class_map, store_class_map
from tlcore.data.annotations.files.class_lists import label_of
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Box, Example, Key, Manifest
from tlcore.data.versions.annotation_edits import SetAreas, SetBoxes, picture_gone
from tlcore.errors import DataError, PictureError, printable


class DrawnShape(msgspec.Struct, frozen=True):
    """A shape with its class, in pixels of the picture: left, top, right, bottom; or corners x, y, x, y …"""

    label: str
    at: tuple[float, ...]


def boxes_edit(manifest: Manifest, key: Key, shapes: Sequence[DrawnShape], seen: str) -> SetBoxes:
    """The edit that gives a picture these boxes: inside it, each once, with clean names of classes.

    Raises:
        DataError: one has no class, a number that is none, or lies outside; or they are too many.
    """
    example = _drawn_on(manifest, key, shapes)
    if any(len(shape.at) != 4 for shape in shapes):
        raise _refused(example, [NO_PLACE for shape in shapes if len(shape.at) != 4])
    boxes = tuple(Box(label_of(shape.label), *shape.at) for shape in shapes)
    fitted = fit(Annotation(example.name, "", boxes=boxes), example.width, example.height)
    reasons = [NO_CLASS for box in boxes if not box.label]
    reasons += [reason for reason in fitted.skipped if reason != TWICE]
    if reasons:
        raise _refused(example, reasons)
    return SetBoxes(key, fitted.boxes, seen)


def areas_edit(
    dataset: Dataset, manifest: Manifest, key: Key, shapes: Sequence[DrawnShape], seen: str
) -> SetAreas:
    """The edit that paints these outlines over the areas that a picture has; its class map is stored.

    What nobody has painted is background, or does not count where no class is called so.

    Raises:
        DataError: an outline has no class, fewer than three corners, a number that is none, or lies outside;
            or they are too many, or have too many classes.
        OSError: the class map cannot be stored.
    """
    example = _drawn_on(manifest, key, shapes)
    if example.width * example.height > MOST_PIXELS:
        raise DataError(
            f"Areas can be drawn on pictures of up to {MOST_PIXELS // 1_000_000} million pixels.",
            received=f"{example.width:,} × {example.height:,}",
        )
    painted = [_area(example, shape) for shape in shapes]
    reasons = [area for area in painted if isinstance(area, str)]
    if reasons:
        raise _refused(example, reasons)
    classes = _classes(manifest, [area.label for area in painted if isinstance(area, Area)])
    class_map = _base(dataset, example, classes)
    numbers = {label: number + 1 for number, label in enumerate(classes)}
    found = Annotation(example.name, "", areas=tuple(area for area in painted if isinstance(area, Area)))
    try:
        drawn = areas.draw(found, numbers, (1, 1), (example.width, example.height))
    except PictureError as error:
        raise DataError(error.what, received=printable(example.name)) from error
    np.copyto(class_map, drawn - 1, where=drawn > 0)
    mask, shown = store_class_map(class_map, classes, dataset)
    return SetAreas(key, mask, shown, classes, seen)


def _drawn_on(manifest: Manifest, key: Key, shapes: Sequence[DrawnShape]) -> Example:
    """The picture that somebody has drawn on.

    Raises:
        DataError: it is not there, or they drew too much.
    """
    if len(shapes) > MOST_IN_PICTURE:
        raise DataError(TOO_MANY, received=f"{len(shapes):,}", remedy="Draw fewer.")
    for example in (*manifest.examples, *manifest.aside):
        if example.key == key:
            return example
    raise picture_gone(key)


def _refused(example: Example, reasons: Sequence[str]) -> DataError:
    what = "One shape" if len(reasons) == 1 else f"{len(reasons):,} shapes"
    return DataError(
        f"{what} cannot be kept. {reasons[0]}",
        received=printable(example.name),
        remedy="Correct or delete it, and save again.",
    )


def _area(example: Example, shape: DrawnShape) -> Area | str:
    """The area of an outline, or the reason why it cannot be kept."""
    label = label_of(shape.label)
    if not label:
        return NO_CLASS
    if not all(map(math.isfinite, shape.at)):
        return NO_NUMBER
    try:
        corners = areas.outline(shape.at)
    except ValueError as error:
        return str(error)
    edges = areas.around(corners)
    if clip(edges, example.width, example.height) is None:
        return why_empty(edges)
    return Area(label, (corners,))


def _classes(manifest: Manifest, labels: Sequence[str]) -> tuple[str, ...]:
    """The classes of the data set, and behind them the new ones. In an empty one the background is first.

    Raises:
        DataError: they are too many for class maps.
    """
    there = manifest.classes or (BACKGROUND,)
    classes = tuple(dict.fromkeys((*there, *labels)))
    if len(classes) > MOST_AREA_CLASSES:
        raise DataError(f"Areas can have {MOST_AREA_CLASSES} classes at most.", received=f"{len(classes):,}")
    return classes


def _base(dataset: Dataset, example: Example, classes: Sequence[str]) -> np.ndarray:
    """The class map that is painted over, (height, width) uint8."""
    if example.mask:
        return np.array(read_class_map(dataset.file(example.mask)))
    unpainted = 0 if classes[0].casefold() == BACKGROUND else IGNORED
    return np.full((example.height, example.width), unpainted, np.uint8)
