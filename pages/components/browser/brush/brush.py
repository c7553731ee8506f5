"""The brush: a person covers part of a picture with grey, by dragging or by choosing tiles.

The browser's part (brush.html, .css, .js) holds and shows the marks. After every change Python receives them
all and draws them onto the picture for the model.
"""

from __future__ import annotations

import base64
import hashlib
import io
from typing import Annotated

import msgspec
import streamlit as st
from PIL import Image, ImageDraw

from pages.components.browser.assets import sources
from tlcore.records import JsonType, MalformedJson

GREY = (127, 127, 127)  # near nothing after every backbone's normalisation, as the border of "pad"
ACROSS = 6  # tiles along the longer side
MOST_MARKS, MOST_POINTS = 500, 2000
Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class Mark(msgspec.Struct, frozen=True):
    """A line, or a tile.

    Attributes:
        points: in shares of the width and the height; `radius`: of the longer side.
        tile: its number, by rows; -1: this is a line. A tile marked twice is uncovered.
    """

    points: Annotated[tuple[tuple[Share, Share], ...], msgspec.Meta(max_length=MOST_POINTS)] = ()
    radius: Share = 0.0
    tile: int = -1


class Cover(msgspec.Struct, frozen=True):
    """The marks on the picture whose hash is `of`."""

    of: str
    marks: Annotated[tuple[Mark, ...], msgspec.Meta(max_length=MOST_MARKS)]


_COVER = JsonType(Cover)


_mount = st.components.v2.component(
    "graft_brush",
    html=sources("browser/brush/brush.html"),
    css=sources("browser/controls.css", "browser/brush/brush.css"),
    js=sources("browser/brush/brush.js"),
)


def brush(picture: Image.Image, key: str) -> tuple[Mark, ...]:
    """Show the picture (RGB) to paint on; returns its marks.

    Args:
        key: names the brush on its page; the element has the class `st-key-{key}`.
    """
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=85)
    of = hashlib.sha256(content.getvalue()).hexdigest()
    marks = _marks(dict(st.session_state.get(key) or {}).get("cover"), of)
    result = _mount(
        key=key,
        data={
            "of": of,
            "src": "data:image/jpeg;base64," + base64.b64encode(content.getvalue()).decode(),
            "grid": tile_grid(picture.size),
            "marks": [_mark_data(mark) for mark in marks],
        },
        on_cover_change=lambda: None,
    )
    return _marks(result.get("cover"), of)


def _marks(cover: object, of: str) -> tuple[Mark, ...]:
    """The marks in the browser's message; none if it is about another picture or not from our script."""
    try:
        message = _COVER.convert(cover)
    except MalformedJson:
        return ()
    return message.marks if message.of == of else ()


def _mark_data(mark: Mark) -> dict[str, object]:
    """A mark in the form that the browser uses."""
    return {"tile": mark.tile} if mark.tile >= 0 else {"points": mark.points, "radius": mark.radius}


def tile_grid(size: tuple[int, int]) -> tuple[int, int]:
    """Columns and rows of tiles that are about square, for a picture of (width, height)."""
    side = max(size) / ACROSS
    return max(1, round(size[0] / side)), max(1, round(size[1] / side))


def cover_picture(picture: Image.Image, marks: tuple[Mark, ...]) -> Image.Image:
    """A copy of the picture (RGB) with the marks in grey on it."""
    found = picture.copy()
    draw = ImageDraw.Draw(found)
    tiles: set[int] = set()
    for mark in marks:
        if mark.tile >= 0:
            tiles ^= {mark.tile}
        elif mark.points:
            _line(draw, found.size, mark)
    for tile in tiles:
        _tile(draw, found.size, tile)
    return found


def _line(draw: ImageDraw.ImageDraw, size: tuple[int, int], mark: Mark) -> None:
    points = [(x * size[0], y * size[1]) for x, y in mark.points]
    radius = mark.radius * max(size)
    draw.line(points, GREY, round(2 * radius))
    for x, y in points:  # Pillow's lines have no round ends, and gaps where they turn
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), GREY)


def _tile(draw: ImageDraw.ImageDraw, size: tuple[int, int], tile: int) -> None:
    columns, rows = tile_grid(size)
    row, column = divmod(tile, columns)
    left, right = (round((column + side) * size[0] / columns) for side in (0, 1))
    top, bottom = (round((row + side) * size[1] / rows) for side in (0, 1))
    draw.rectangle((left, top, right - 1, bottom - 1), GREY)
