"""Boxes and areas drawn over a picture that Graft has made itself, in the colours of their classes."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw

from pages.components.shared import letters
from pages.components.shared.class_colours import PAIRS
from tlcore.data.annotations.annotation import IGNORED, Edges
from tlcore.errors import printable

STRENGTH = 0.35  # of an area's colour over the picture
VEIL = 1024  # pixels, longest side of an area to lay over a picture
COLOURS = tuple(light for light, _ in PAIRS)  # of classes on a picture, light page or dark
FILL, INK = (0, 0, 0), (255, 255, 255)  # behind and of a caption
SMALLEST = 11  # points of a caption
TALLEST = 320  # pixels of a picture that is taller than wide
MOST_STORED = 64  # drawings in memory, about 100 kB each
AROUND = 0.25  # of a box, that is shown around it


@dataclass(frozen=True)
class DrawnBox:
    """A box to draw: its edges as shares of the picture's sides, the number of its class, and a caption."""

    edges: Edges
    number: int
    caption: str = ""
    dashed: bool = False


def shares(edges: Sequence[float], size: tuple[int, int]) -> Edges:
    """Edges in pixels of a picture of this width and height, as shares of its sides."""
    left, top, right, bottom = (edge / side for edge, side in zip(edges, size * 2, strict=True))
    return left, top, right, bottom


def colour(number: int) -> str:
    """The colour of a class."""
    return COLOURS[number % len(COLOURS)]


def width_of(encoded: bytes) -> Literal["stretch", "content"]:
    """How wide a picture is shown: over the whole column, or, where it is tall, as wide as it is."""
    with Image.open(io.BytesIO(encoded), formats=("JPEG", "PNG")) as image:
        return "content" if image.height > image.width else "stretch"


def lowered(encoded: bytes) -> bytes:
    """The picture; one that is taller than wide at most `TALLEST` pixels high, to fit on a screen."""
    image = Image.open(io.BytesIO(encoded), formats=("JPEG", "PNG"))
    if image.height <= max(TALLEST, image.width):
        return encoded
    size = max(1, round(image.width * TALLEST / image.height)), TALLEST
    return _as_jpeg(image.convert("RGB").resize(size, Image.Resampling.LANCZOS))


@st.cache_resource(max_entries=MOST_STORED, show_spinner=False)
def _stored(digest: str, _draw: Callable[..., bytes], _arguments: tuple[Any, ...]) -> bytes:
    return _draw(*_arguments)


def _digest(kind: str, encoded: bytes, said: bytes) -> str:
    """Names a drawing, for the cache: a page draws everything anew at each click."""
    return f"{kind} {hashlib.sha256(encoded).hexdigest()} {hashlib.sha256(said).hexdigest()}"


def with_boxes(encoded: bytes, marks: Sequence[DrawnBox]) -> bytes:
    """The picture, a JPEG or PNG of Graft's own, with the boxes drawn over it, as a JPEG.

    Captions never cover each other: those of the last boxes come first, and one that has no room is left out.
    """
    digest = _digest("boxes", encoded, repr(marks).encode(errors="replace"))
    return _stored(digest, _draw_boxes, (encoded, tuple(marks)))


def _draw_boxes(encoded: bytes, marks: Sequence[DrawnBox]) -> bytes:
    image = Image.open(io.BytesIO(encoded), formats=("JPEG", "PNG")).convert("RGB")
    pen = ImageDraw.Draw(image)
    width = max(2, round(max(image.size) / 250))
    boxes = []
    for mark in marks:
        left, right = (share * image.width for share in mark.edges[::2])
        top, bottom = (share * image.height for share in mark.edges[1::2])
        boxes.append((left, top, right, bottom))
        if mark.dashed:
            _dashes(pen, (left, top, right, bottom), colour(mark.number), width)
        else:
            pen.rectangle((left, top, right, bottom), outline=colour(mark.number), width=width)
    taken: list[Edges] = []
    for box, mark in zip(reversed(boxes), reversed(marks), strict=True):
        if mark.caption:
            _caption(image, box, mark, max(SMALLEST, width * 5), taken)
    return _as_jpeg(image)


def _caption(image: Image.Image, box: Edges, mark: DrawnBox, points: int, taken: list[Edges]) -> None:
    """Write a caption at a corner of its box where there is room; `taken` has the places of the others."""
    pen = ImageDraw.Draw(image)
    # Where the type lacks letters of a name, its figures remain: the colour says the class.
    text = letters.drawable(mark.caption) or "".join(filter(str.isascii, printable(mark.caption))).strip()
    font = letters.font(points, 600)
    left, _, right, bottom = pen.textbbox((0, 0), text, font)
    size = right - left + 6, bottom + 4
    for x, y in _corners(box, size, image.size):
        place = x, y, x + size[0], y + size[1]
        if not any(_meet(place, other) for other in taken):
            taken.append(place)
            pen.rectangle(place, fill=colour(mark.number))
            pen.text((x + 3, y + 1), text, INK, font)
            return


def _corners(
    box: Edges, size: tuple[float, float], picture: tuple[int, int]
) -> Iterator[tuple[float, float]]:
    """Places of a caption of that size, the best first: above its box, within it, below it; left, right."""
    left, top, right, bottom = box
    for y in (top - size[1], top, bottom - size[1], bottom):
        for x in (left, right - size[0]):
            yield min(max(0.0, x), picture[0] - size[0]), min(max(0.0, y), picture[1] - size[1])


def _meet(one: Edges, other: Edges) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _dashes(pen: ImageDraw.ImageDraw, edges: Edges, ink: str, width: int) -> None:
    left, top, right, bottom = edges
    step = 5 * width
    for x in np.arange(left, right, 2 * step):
        for y in (top, bottom):
            pen.line((x, y, min(x + step, right), y), fill=ink, width=width)
    for y in np.arange(top, bottom, 2 * step):
        for x in (left, right):
            pen.line((x, y, x, min(y + step, bottom)), fill=ink, width=width)


def cropped(encoded: bytes, edges: Edges) -> bytes:
    """The part of the picture inside a box, with something around it, as a JPEG.

    Args:
        edges: left, top, right and bottom as shares of the picture's sides.
    """
    image = Image.open(io.BytesIO(encoded), formats=("JPEG", "PNG")).convert("RGB")
    left, right = (share * image.width for share in edges[::2])
    top, bottom = (share * image.height for share in edges[1::2])
    around = AROUND * max(right - left, bottom - top, 8)
    low = max(0, round(left - around)), max(0, round(top - around))
    high = min(image.width, round(right + around)), min(image.height, round(bottom + around))
    return _as_jpeg(image.crop((*low, max(high[0], low[0] + 1), max(high[1], low[1] + 1))))


def with_areas(encoded: bytes, class_map: np.ndarray, background: int | None = None) -> bytes:
    """The picture with the area of each class tinted and its edge drawn, as a JPEG.

    Args:
        class_map: (h, w) uint8, of any size; 255 is left as it is, and so is the `background`.
    """
    digest = _digest(f"areas {background} {class_map.shape}", encoded, class_map.tobytes())
    return _stored(digest, _draw_areas, (encoded, class_map, background))


def _draw_areas(encoded: bytes, class_map: np.ndarray, background: int | None) -> bytes:
    image = Image.open(io.BytesIO(encoded), formats=("JPEG", "PNG")).convert("RGB")
    numbers = np.asarray(Image.fromarray(class_map).resize(image.size, Image.Resampling.NEAREST))
    pixels = np.asarray(image, dtype=np.float32).copy()
    for number in np.unique(numbers):
        if number in (IGNORED, background):
            continue
        tint = np.array(_levels(int(number)), np.float32)
        there = numbers == number
        pixels[there] = (1 - STRENGTH) * pixels[there] + STRENGTH * tint
        pixels[_edge(there)] = tint
    return _as_jpeg(Image.fromarray(pixels.round().astype(np.uint8)))


def veil(class_map: np.ndarray, number: int) -> bytes:
    """The area of one class as a PNG to lay over a picture, with its edge; empty where there is none of it.

    Args:
        class_map: (h, w) uint8.
    """
    shape = class_map.shape[::-1]
    small = Image.fromarray(class_map).resize(_within(shape), Image.Resampling.NEAREST)
    there = np.asarray(small) == number
    if not there.any():
        return b""
    pixels = np.zeros((*there.shape, 4), np.uint8)
    pixels[..., :3] = _levels(number)
    pixels[..., 3] = np.where(there, round(255 * STRENGTH), 0)
    pixels[_edge(there), 3] = 255
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG", compress_level=3)
    return content.getvalue()


def _within(size: tuple[int, int]) -> tuple[int, int]:
    """A width and height of this shape with at most `VEIL` pixels on the longer side."""
    scale = min(1.0, VEIL / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _levels(number: int) -> tuple[int, int, int]:
    red, green, blue = (int(colour(number)[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def _edge(there: np.ndarray) -> np.ndarray:
    """The two pixels inside the edge of an area, (h, w) bool; the picture's edge is none of its own."""
    inside = there
    for _ in range(2):
        padded = np.pad(inside, 1, mode="edge")
        inside = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:] & inside
    return there & ~inside


def _as_jpeg(image: Image.Image) -> bytes:
    content = io.BytesIO()
    image.save(content, "JPEG", quality=88)
    return content.getvalue()
