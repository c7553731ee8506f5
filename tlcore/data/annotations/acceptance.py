"""Acceptance: which objects of a sheet are taken as boxes or areas, and why the others are not.

Every object is either in the annotation or has its reason there.
"""

from __future__ import annotations

import math
from dataclasses import replace

from tlcore.data.annotations.annotation import (
    MOST_IN_PICTURE,
    Annotation,
    Area,
    Edges,
    RawObject,
    Sheet,
)
from tlcore.data.annotations.areas import edges_of, rectangle
from tlcore.data.annotations.files.class_lists import label_of
from tlcore.data.manifest import Box
from tlcore.errors import PictureError

NO_CLASS = "It has no class."
NO_PLACE = "It has neither a box nor an area."
NO_NUMBER = "One of its numbers is missing, or is not finite."
EMPTY = "It is empty: its width or height is not above zero."
OUTSIDE = "It lies outside the picture."
TWICE = "The same object stands there twice."
CROWD = "It is a crowd, not one object."
_DIGITS = 3  # of a box's edges, in pixels: shares of a picture would have fifteen
TOO_MANY = f"The picture has more than {MOST_IN_PICTURE:,} objects."


def accept(sheet: Sheet, picture: str, as_areas: bool) -> Annotation:
    """The objects of a sheet that can be taken, as boxes or as areas.

    Args:
        picture: name of the entry that the sheet speaks of.
        as_areas: a box is taken as the area that it covers; otherwise an area is taken as the box around it.
    """
    size = (1, 1) if sheet.is_relative else (sheet.width, sheet.height)
    taken: dict[object, Box | Area] = {}
    skipped = [TOO_MANY] * sheet.left_out
    for found in sheet.objects:
        outcome = _take(found, size, as_areas)
        if isinstance(outcome, str):
            skipped.append(outcome)
        elif (key := _key(outcome, sheet.is_relative)) in taken:
            skipped.append(TWICE)
        else:
            taken[key] = outcome
    return Annotation(
        picture,
        sheet.file,
        sheet.width,
        sheet.height,
        boxes=tuple(one for one in taken.values() if isinstance(one, Box)),
        areas=tuple(one for one in taken.values() if isinstance(one, Area)),
        skipped=tuple(skipped),
        is_relative=sheet.is_relative,
        mask=sheet.mask if as_areas else None,
    )


def _take(found: RawObject, size: tuple[float, float], as_areas: bool) -> Box | Area | str:
    """The box or area of an object, or the reason why it cannot be taken."""
    label = label_of(found.label)
    if found.refusal and (as_areas or found.box is None):
        return found.refusal
    if not label or (found.crowd and not as_areas):
        return CROWD if label else NO_CLASS
    edges = edges_of(found, as_areas)
    if edges is None:
        return NO_PLACE
    inside = clip(edges, *size)
    if inside is None:
        return why_empty(edges)
    if not as_areas:
        return Box(label, *inside)
    polygons = found.polygons if found.is_area else (rectangle(inside),)
    return Area(label, polygons, found.runs, found.crowd)


def _key(one: Box | Area, is_relative: bool) -> object:
    """A key that two of the same have in common."""
    if isinstance(one, Box):
        digits = 6 if is_relative else 2
        return one.label, *(round(edge, digits) for edge in (one.left, one.top, one.right, one.bottom))
    runs = (one.runs.left, one.runs.top, one.runs.counts.tobytes()) if one.runs else None
    return one.label, runs, *(corners.tobytes() for corners in one.polygons)


def clip(edges: Edges, width: float, height: float) -> Edges | None:
    """The part of a box inside the picture; None where there is none. 0: this size is not known."""
    left, top, right, bottom = edges
    if not all(map(math.isfinite, edges)) or left >= right or top >= bottom:
        return None
    left, top = max(0.0, left), max(0.0, top)
    right, bottom = min(right, width or right), min(bottom, height or bottom)
    return (left, top, right, bottom) if left < right and top < bottom else None


def why_empty(edges: Edges) -> str:
    """Why nothing of a box is inside."""
    if not all(map(math.isfinite, edges)):
        return NO_NUMBER
    return EMPTY if edges[0] >= edges[2] or edges[1] >= edges[3] else OUTSIDE


def fit(annotation: Annotation, width: int, height: int) -> Annotation:
    """The same in pixels of the picture that is there, `width` × `height` upright, as its boxes are kept.

    A picture that was made smaller or larger after somebody annotated it gets them scaled.

    Raises:
        PictureError: the annotation is of a picture of another shape.
    """
    across, down = scale(annotation, width, height)
    boxes: dict[Box, None] = {}
    skipped = list(annotation.skipped)
    for box in annotation.boxes:
        left, right = (round(edge * across, _DIGITS) for edge in (box.left, box.right))
        top, bottom = (round(edge * down, _DIGITS) for edge in (box.top, box.bottom))
        edges = (left, top, right, bottom)
        inside = clip(edges, width, height)
        if inside is None:
            skipped.append(why_empty(edges))
        elif (fitted := Box(box.label, *inside)) in boxes:  # rounding has made two the same
            skipped.append(TWICE)
        else:
            boxes[fitted] = None
    return replace(
        annotation, width=width, height=height, is_relative=False, boxes=tuple(boxes), skipped=tuple(skipped)
    )


def scale(annotation: Annotation, width: int, height: int) -> tuple[float, float]:
    """The factors of its coordinates, across and down.

    Raises:
        PictureError: the annotation is of a picture of another shape.
    """
    if annotation.width and annotation.height:
        check_shape("annotation", (annotation.width, annotation.height), (width, height))
    if annotation.is_relative:
        return width, height
    return width / (annotation.width or width), height / (annotation.height or height)


def check_shape(what: str, said: tuple[int, int], real: tuple[int, int]) -> None:
    """Refuse what is of a picture of another shape.

    Raises:
        PictureError: it is.
    """
    if not has_shape(said, real):
        raise PictureError(
            f"Its {what} is for {said[0]:,} × {said[1]:,} pixels; the picture has {real[0]:,} × {real[1]:,}."
        )


def has_shape(size: tuple[int, int], of: tuple[int, int]) -> bool:
    """True if two sizes, width and height, are of one shape; one pixel of rounding is forgiven."""
    return abs(size[0] * of[1] - of[0] * size[1]) <= max(*size, *of)
