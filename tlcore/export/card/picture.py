"""The confusion matrix as a PNG, drawn with Pillow alone: for the model card and for other programs' boards.

Names are strangers' texts. They are shortened, and one with letters that the font lacks is shown by its
number, which the card's table explains.
"""

from __future__ import annotations

import contextlib
import functools
import io
import unicodedata

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tlcore.characters import on_one_line
from tlcore.export.card.class_scores import ConfusionTable

# Up to so many classes: pixels of a cell, and of the letters. All at twice the size, for sharp screens.
SIZES = ((6, 112, 30), (12, 88, 28), (30, 60, 24), (100, 24, 20))
MOST_NAMED = SIZES[-1][0]  # more rows than these have no names
MOST_WITH_FIGURES = SIZES[-2][0]
LONGEST = 340  # pixels of a name
MOST_LETTERS = 60  # of a name that are looked at
TITLE = 6  # a title beside the cells is at most so many times as long as its letters are high
WIDEST = 1200  # pixels of a matrix without names
EDGE, GAP = 24, 12  # around it all, and between names and cells
RIGHT, WRONG, NOTHING = (31, 94, 168), (200, 84, 24), (255, 255, 255)
INK, LINE = (33, 37, 41), (222, 226, 230)
# The first that has all letters of a name: Pillow's own, then those that systems bring, by their files.
FONTS = (
    "",
    *(
        "DejaVuSans.ttf",
        "LiberationSans-Regular.ttf",
        "NotoSans-Regular.ttf",
        "Arial Unicode.ttf",
        "arial.ttf",
    ),
    *("NotoSansCJK-Regular.ttc", "msyh.ttc", "wqy-zenhei.ttc"),
)
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
UNKNOWN = "\ue000"  # a letter that no font has


def draw(table: ConfusionTable) -> bytes:
    """The picture; each row is coloured by its shares, right answers blue and wrong ones orange."""
    rows = len(table.true)
    size = next(((cell, letters) for most, cell, letters in SIZES if rows <= most), None)
    picture = _with_names(table, *size) if size else _without_names(table)
    content = io.BytesIO()
    picture.quantize(128).save(content, "PNG", optimize=True)
    return content.getvalue()


def _with_names(table: ConfusionTable, cell: int, letters: int) -> Image.Image:
    font = _letters("", letters)
    true = [_name(text, number, letters) for number, text in enumerate(table.true, 1)]
    answered = [_name(text, number, letters) for number, text in enumerate(table.answered, 1)]
    left, top = (
        EDGE + letters + GAP + max(int(own.getlength(name)) for name, own in names) + GAP
        for names in (true, answered)
    )
    side = cell * len(true)
    room = max(side, TITLE * letters) + EDGE
    picture = Image.new("RGB", (left + room, top + room), NOTHING)
    pen = ImageDraw.Draw(picture)
    pen.text((left, EDGE), "Answered", INK, font)
    _upright(picture, "True class", (EDGE, top), font)
    for number, (name, own) in enumerate(true):
        pen.text((left - GAP, top + cell * (number + 0.5)), name, INK, own, anchor="rm")
    for number, (name, own) in enumerate(answered):
        middle = left + int(cell * (number + 0.5))
        _upright(picture, name, (middle - letters * 5 // 8, top - GAP), own, from_below=True)
    picture.paste(_cells(table).resize((side, side), Image.Resampling.NEAREST), (left, top))
    for edge in range(len(true) + 1):
        pen.line((left, top + edge * cell, left + side, top + edge * cell), LINE)
        pen.line((left + edge * cell, top, left + edge * cell, top + side), LINE)
    if len(true) <= MOST_WITH_FIGURES:
        _write_figures(pen, table, (left, top), cell)
    return picture


def _write_figures(
    pen: ImageDraw.ImageDraw, table: ConfusionTable, corner: tuple[int, int], cell: int
) -> None:
    """The number of examples, or the share of its row in percent, into each cell that is not empty."""
    font = _letters("", cell * 0.36)  # four letters fit
    shares = _shares(table)
    for i, j in np.argwhere(shares > 0).tolist():
        value, share = table.cells[i][j], shares[i, j]
        figure = f"{value / 1000:.0f}k" if value >= 10_000 else f"{value:.0f}"
        place = corner[0] + (j + 0.5) * cell, corner[1] + (i + 0.5) * cell
        text = figure if table.counts else f"{100 * share:.0f}%"
        pen.text(place, text, NOTHING if share > 0.5 else INK, font, anchor="mm")


def _without_names(table: ConfusionTable) -> Image.Image:
    """A pixel a cell, enlarged or shrunk."""
    shrinks = len(table.true) > WIDEST
    return _cells(table).resize(
        (WIDEST, WIDEST), Image.Resampling.BOX if shrinks else Image.Resampling.NEAREST
    )


def _shares(table: ConfusionTable) -> np.ndarray:
    """The share of each cell in its row, (n, n)."""
    cells = np.array(table.cells, dtype=float)
    return cells / np.maximum(cells.sum(axis=1, keepdims=True), 1e-12)


def _cells(table: ConfusionTable) -> Image.Image:
    """The colours, a pixel a cell; a single mistake among many is seen."""
    shares = _shares(table)
    weights = np.where(shares > 0, 0.08 + 0.92 * shares, 0)[..., None]
    full = np.where(np.eye(len(shares), dtype=bool)[..., None], RIGHT, WRONG)
    return Image.fromarray(np.round(NOTHING + (full - np.array(NOTHING)) * weights).astype(np.uint8))


def _name(text: str, number: int, letters: int) -> tuple[str, Font]:
    """A name that fits, and letters to draw it with; the number of the class where there are none."""
    line = " ".join(on_one_line(text[:MOST_LETTERS]).split())
    font = next((file for file in FONTS if not any(_is_missing(letter, file) for letter in set(line))), None)
    if not line or font is None:
        return f"class {number}", _letters("", letters)
    drawn = _letters(font, letters)
    if len(text) <= MOST_LETTERS and drawn.getlength(line) <= LONGEST:
        return line, drawn
    while drawn.getlength(f"{line}…") > LONGEST:
        line = line[:-1]
    return f"{line}…", drawn


@functools.lru_cache(4096)
def _is_missing(letter: str, file: str) -> bool:
    """Does a font draw the same for it as for a letter that no font has, or in the wrong direction?"""
    if unicodedata.bidirectional(letter) in ("R", "AL"):
        return True  # Pillow turns such a line round only where the system brings another library
    font = _letters(file, 16)
    return bytes(font.getmask(letter)) == bytes(font.getmask(UNKNOWN))


@functools.lru_cache(64)
def _letters(file: str, size: float) -> Font:
    """A font of the system, or Pillow's own, which has little more than the letters of English."""
    if file:
        with contextlib.suppress(OSError):
            return ImageFont.truetype(file, size)
    return ImageFont.load_default(size)


def _upright(
    picture: Image.Image,
    text: str,
    place: tuple[int, int],
    font: Font,
    from_below: bool = False,
) -> None:
    """Write from below to above; `place` is the upper left corner, or, `from_below`, the lower left one."""
    right, bottom = font.getbbox(text)[2:]
    strip = Image.new("L", (int(right) + 1, int(bottom) + 2))
    ImageDraw.Draw(strip).text((0, 0), text, 255, font)
    turned = strip.rotate(90, expand=True)
    x, y = place
    picture.paste(INK, (x, y - turned.height if from_below else y), turned)
