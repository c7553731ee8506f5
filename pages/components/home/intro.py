"""The explanation of transfer learning: a drawing and a paragraph."""

from __future__ import annotations

import base64
import functools

import streamlit as st

from tlcore.data.samples.photos import PHOTOS

PARAGRAPH = """
A network trained on a million photos recognises edges, textures, eyes and wheels. This knowledge is in its
**backbone**, and it is just as useful for your pictures. **Transfer learning** keeps the backbone as it is
(*frozen*) and trains only a small new part on top, the **head**, which learns to tell your classes apart. A
few dozen pictures per class and a minute of training are enough; starting from nothing would take thousands
of pictures and a day. Texts work the same way: their backbone has read billions of words.
"""
# A photo of the sample's test part, and the answer of a model trained on its other part with the defaults.
PHOTO = PHOTOS / "test" / "sign 3" / "IMG_5658.jpg"
ANSWER = {"sign 3": 0.80, "sign 7": 0.16, "sign 2": 0.03}
ALT = (
    "A photo of a hand passes a frozen backbone of 3.4 million numbers, then a new head of 7,686 numbers, "
    "which are all that learns. The answer: sign 3, with 80 %."
)
MIDDLE = 106  # pixels from the top: the height at which everything flows
LIGHT = {
    "ink": "#1f2937",
    "soft": "#5b6b6d",
    "ice": "#e0f2fe",
    "edge": "#7dd3fc",
    "leaf": "#0f766e",
    "bar": "#d97706",
}
DARK = {
    "ink": "#e5e7eb",
    "soft": "#9fb0b2",
    "ice": "#12303f",
    "edge": "#38bdf8",
    "leaf": "#2dd4bf",
    "bar": "#f59e0b",
}


def show_drawing() -> None:
    """The drawing, in the colours of the theme."""
    dark = st.context.theme.type == "dark"
    st.image(drawing(DARK if dark else LIGHT), width="stretch", alt=ALT)


def drawing(colours: dict[str, str]) -> str:
    """The drawing as SVG: a photo, frozen blocks, the cut, the new head, the confidence in each class."""
    parts = [_text(52, 20, "a picture", colours), _photo(), _arrow(106, 124, colours)]
    parts.append(_text(193, 20, "frozen backbone", colours))
    for i, height in enumerate((116, 96, 78, 62)):
        x = 130 + i * 32
        parts.append(_box(x, 27, height, colours["ice"], colours["edge"]))
        parts.append(f'<g stroke="{colours["edge"]}" stroke-width="2">{_flake(x + 13, MIDDLE)}</g>')
    parts.append(_text(193, 186, "3.4 million numbers", colours, small=True))
    parts.append(_text(193, 201, "that stay as they are", colours, small=True))
    parts.append(
        f'<path d="M265 46V168" stroke="{colours["soft"]}" stroke-width="2" stroke-dasharray="5 5"/>'
    )
    parts.append(_arrow(270, 288, colours))
    parts += [_text(313, 20, "your head", colours), *_head(294, colours)]
    parts.append(_text(313, 186, "7,686 that", colours, small=True))
    parts.append(_text(313, 201, "learn", colours, small=True))
    parts.append(_arrow(338, 356, colours))
    parts += [_text(418, 20, "an answer", colours), *_bars(366, colours)]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 208" width="480" height="208" '
        f'font-family="Source Sans Pro, sans-serif">{"".join(parts)}</svg>'
    )


@functools.cache
def _photo() -> str:
    content = base64.b64encode(PHOTO.read_bytes()).decode()
    return (
        '<clipPath id="round"><rect x="4" y="58" width="96" height="96" rx="8"/></clipPath>'
        f'<image x="4" y="58" width="96" height="96" clip-path="url(#round)" '
        f'href="data:image/jpeg;base64,{content}"/>'
    )


def _head(x: int, colours: dict[str, str]) -> list[str]:
    """The head: a box with a young plant in it."""
    return [
        _box(x, 38, 50, "none", colours["leaf"], 3),
        f'<path d="M{x + 19} {MIDDLE + 14}c-14-6-12-24 2-28 4 12 8 22-2 28z" fill="{colours["leaf"]}"/>',
    ]


def _bars(x: int, colours: dict[str, str]) -> list[str]:
    """A bar for each class of the answer, with its name and chance above."""
    parts = []
    for i, (label, chance) in enumerate(ANSWER.items()):
        y = 58 + i * 36
        colour = colours["bar"] if i == 0 else colours["soft"]
        parts.append(_text(x, y + 10, f"{label} · {chance:.0%}".replace("%", " %"), colours, anchor="start"))
        parts.append(
            f'<rect x="{x}" y="{y + 15}" width="{round(108 * chance)}" height="9" rx="3" fill="{colour}"/>'
        )
    return parts


def _text(
    x: int, y: int, words: str, colours: dict[str, str], small: bool = False, anchor: str = "middle"
) -> str:
    ink, size = (colours["soft"], 12) if small else (colours["ink"], 14)
    return f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" fill="{ink}">{words}</text>'


def _box(x: int, width: int, height: int, fill: str, edge: str, line: int = 2) -> str:
    y = MIDDLE - height / 2
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="7" '
        f'fill="{fill}" stroke="{edge}" stroke-width="{line}"/>'
    )


def _arrow(start: int, end: int, colours: dict[str, str]) -> str:
    return (
        f'<path d="M{start} {MIDDLE}H{end}m-7 -5l7 5l-7 5" fill="none" stroke="{colours["soft"]}" '
        'stroke-width="2" stroke-linecap="round"/>'
    )


def _flake(x: int, y: int) -> str:
    return f'<path d="M{x - 8} {y}h16M{x - 4} {y - 7}l8 14M{x + 4} {y - 7}l-8 14" stroke-linecap="round"/>'
