"""Areas: outlines and run lengths as numbers, and drawn into a class map of one byte for each pixel.

A pixel belongs to an outline if its middle is inside, so areas that share an edge share no pixel. Run lengths
are checked before anything is drawn: pycocotools decodes them in C and trusts what it is given.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence

import numpy as np

from tlcore.data.annotations.annotation import (
    IGNORED,
    MOST_CORNERS,
    Annotation,
    Corners,
    Edges,
    RawObject,
    RunLengths,
)
from tlcore.data.images.decode import MAX_PIXELS
from tlcore.errors import PictureError

MOST_DRAWN = 2_000_000_000  # pixels of all areas of a picture: some seconds
_CROSSING = 30  # pixels that could be looked at while an edge's crossing with a row is found
TOO_MUCH = "The areas of this picture take too long to draw."
_FAR = 1e6  # pixels, or pictures: farther corners would overflow
_CROSSINGS = 500_000  # of edges with rows, that are looked at together: some 30 MB
TOO_LONG = f"Its outline has more than {MOST_CORNERS:,} corners."
BAD_RUNS = "Its run lengths do not fit its size."


def edges_of(found: RawObject, as_areas: bool) -> Edges | None:
    """The box around an object, its area first or last; None where it has neither."""
    if found.box is not None and not (as_areas and found.is_area):
        return found.box
    if found.polygons:
        return around([number for corners in found.polygons for number in corners])
    return _around_runs(found.runs) if found.runs is not None else None


def outline(numbers: Sequence[float]) -> Corners:
    """The corners of a polygon from x, y, x, y …

    Raises:
        ValueError: they are too few or too many; the message is the reason.
    """
    if len(numbers) < 6 or len(numbers) % 2:
        raise ValueError("Its outline has fewer than three corners, or half a corner.")
    if len(numbers) > 2 * MOST_CORNERS:
        raise ValueError(TOO_LONG)
    return array("d", numbers)


def around(numbers: Sequence[float]) -> Edges:
    """The box around the corners x, y, x, y …; of NaN where one of them is not finite."""
    if not all(map(math.isfinite, numbers)):
        return math.nan, math.nan, math.nan, math.nan
    return min(numbers[0::2]), min(numbers[1::2]), max(numbers[0::2]), max(numbers[1::2])


def _around_runs(runs: RunLengths) -> Edges:
    """The box around the pixels inside, an empty one where there are none; nothing is drawn for it."""
    counts = np.frombuffer(runs.counts, np.uint32).astype(np.int64)
    ends = np.cumsum(counts)[1::2]
    starts = ends - counts[1::2]
    starts, last = starts[ends > starts], ends[ends > starts] - 1
    if not len(starts):
        return 0.0, 0.0, 0.0, 0.0
    length = runs.width if runs.by_rows else runs.height
    within = starts // length == last // length  # one line; a longer run reaches both ends of a line
    low, high = np.where(within, starts % length, 0).min(), np.where(within, last % length, length - 1).max()
    across, down = (starts.min() // length, last.max() // length), (low, high)
    if runs.by_rows:
        across, down = down, across
    left, top = runs.left + float(across[0]), runs.top + float(down[0])
    return left, top, runs.left + float(across[1]) + 1, runs.top + float(down[1]) + 1


def rectangle(edges: Edges) -> Corners:
    left, top, right, bottom = edges
    return array("d", (left, top, right, top, right, bottom, left, bottom))


def check_runs(
    counts: Sequence[int], height: int, width: int, left: int = 0, top: int = 0, by_rows: bool = False
) -> RunLengths:
    """Run lengths that fill their rectangle.

    Raises:
        ValueError: they do not, or it is none; the message is the reason.
    """
    if height < 1 or width < 1 or height * width > MAX_PIXELS or max(abs(left), abs(top)) > MAX_PIXELS:
        raise ValueError(BAD_RUNS)
    if any(count < 0 for count in counts) or sum(counts) != height * width:
        raise ValueError(BAD_RUNS)
    return RunLengths(array("I", counts), height, width, left, top, by_rows)


def counts_in(text: str) -> list[int]:
    """The run lengths in COCO's compressed form: five bits in a character, most as differences.

    Raises:
        ValueError: it is no such text.
    """
    counts: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 48
        if not 0 <= bits < 64 or shift > 30:
            raise ValueError(BAD_RUNS)
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        value -= (bits & 16) << 1 << (shift - 5)
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
        value = shift = 0
    if shift:
        raise ValueError(BAD_RUNS)
    return counts


def draw(
    annotation: Annotation, numbers: dict[str, int], scale: tuple[float, float], size: tuple[int, int]
) -> np.ndarray:
    """The areas drawn one over the other, later ones over earlier ones: uint8 of shape (height, width).

    Args:
        numbers: of the classes; pixels of no area have 0, those of crowds `IGNORED`.
        scale: what coordinates are multiplied by, across and down.
        size: width and height of the result.

    Raises:
        PictureError: there is too much to draw.
    """
    pixels = np.zeros((size[1], size[0]), np.uint8)
    room = MOST_DRAWN
    for area in annotation.areas:
        value = IGNORED if area.crowd else numbers.get(area.label, IGNORED)
        if area.polygons:
            room -= _fill(pixels, [_scaled(corners, scale) for corners in area.polygons], value, room)
        if area.runs is not None:
            room -= area.runs.height * area.runs.width
            _paste(pixels, area.runs, value)
        if room < 0:
            raise PictureError(TOO_MUCH)
    return pixels


def _scaled(corners: Corners, scale: tuple[float, float]) -> np.ndarray:
    return np.frombuffer(corners, np.float64).reshape(-1, 2).clip(-_FAR, _FAR) * scale


def _fill(pixels: np.ndarray, polygons: Sequence[np.ndarray], value: int, room: int) -> int:
    """Set the pixels whose middle lies inside an odd number of the polygons of one object.

    Each outline crosses the middle of a row an even number of times; from each crossing on, inside and
    outside change places.

    Returns:
        the work of it, as a number of pixels.

    Raises:
        PictureError: it is more than `room`; nothing was done.
    """
    corners = np.concatenate(polygons)
    first, last = (
        _first_middle(edge, pixels.shape[::-1]) for edge in (corners.min(axis=0), corners.max(axis=0))
    )
    ends = np.concatenate([np.roll(points, -1, axis=0) for points in polygons])
    low, high = np.minimum(corners[:, 1], ends[:, 1]), np.maximum(corners[:, 1], ends[:, 1])
    begin = np.ceil(np.maximum(low, first[1]) - 0.5).astype(int)
    counts = np.maximum(0, np.ceil(np.minimum(high, last[1]) - 0.5).astype(int) - begin)
    changes = np.zeros((last[1] - first[1], last[0] - first[0] + 1), np.uint8)
    work = changes.size + _CROSSING * int(counts.sum())
    if work > room:
        raise PictureError(TOO_MUCH)
    for rows, columns in _crossings(corners, ends, begin, counts):
        places = (rows - first[1]) * changes.shape[1] + columns.clip(first[0], last[0]) - first[0]
        np.add.at(changes.reshape(-1), places, np.uint8(1))  # only odd and even matter
    inside = np.bitwise_xor.accumulate(changes & 1, axis=1)[:, :-1].view(bool)
    pixels[first[1] : last[1], first[0] : last[0]][inside] = value
    return work


def _crossings(
    starts: np.ndarray, ends: np.ndarray, begin: np.ndarray, counts: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Row and column of the first pixel behind each crossing of an edge with the middle of a row; of as many
    edges at once as fit in memory.

    Args:
        begin: the first row that each edge crosses; `counts`: how many rows it crosses.
    """
    total = np.cumsum(counts)
    parts = np.searchsorted(total, np.arange(_CROSSINGS, total[-1], _CROSSINGS))
    for edges in np.split(np.arange(len(counts)), parts):
        own = np.repeat(edges, counts[edges])
        rows = begin[own] + np.arange(len(own)) - (total - counts)[own] + (total - counts)[edges[:1]].sum()
        slope = (ends[own, 0] - starts[own, 0]) / (ends[own, 1] - starts[own, 1])
        across = starts[own, 0] + (rows + 0.5 - starts[own, 1]) * slope
        yield rows, np.ceil(across - 0.5).astype(int)


def _first_middle(point: np.ndarray, size: tuple[int, ...]) -> tuple[int, int]:
    """Column and row of the first pixel whose middle is not before a point, inside a picture of this size."""
    across, down = np.ceil(point - 0.5).clip(0, size).astype(int).tolist()
    return across, down


def _paste(pixels: np.ndarray, runs: RunLengths, value: int) -> None:
    top, left = max(0, runs.top), max(0, runs.left)
    target = pixels[top : max(0, runs.top + runs.height), left : max(0, runs.left + runs.width)]
    flat = np.repeat(np.arange(len(runs.counts)) % 2 == 1, np.frombuffer(runs.counts, np.uint32))
    inside = flat.reshape(runs.height, -1) if runs.by_rows else flat.reshape(runs.width, -1).T
    target[inside[top - runs.top :, left - runs.left :][: target.shape[0], : target.shape[1]]] = value
