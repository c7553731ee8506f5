"""The explanation of transfer learning: a drawing and a paragraph."""

from __future__ import annotations

import streamlit as st

PARAGRAPH = """
A network trained on a million photos recognises edges, textures, eyes and wheels. This knowledge is in its
**backbone**, and it is just as useful for your pictures. **Transfer learning** keeps the backbone as it is
(*frozen*) and trains only a small new part on top, the **head**, which learns to tell your classes apart. A
few dozen pictures per class and a minute of training are enough; starting from nothing would take thousands
of pictures and a day. Texts work the same way: their backbone has read billions of words.
"""

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


def show() -> None:
    """Show the drawing and the paragraph."""
    dark = st.context.theme.type == "dark"
    st.image(
        picture(DARK if dark else LIGHT),
        width="stretch",
        alt="Your picture passes a frozen backbone and a new head",
    )
    st.markdown(PARAGRAPH)


def picture(colours: dict[str, str]) -> str:
    """The drawing as SVG: a picture, frozen blocks, the cut, the new head, the confidence in each class."""
    parts = [_text(70, 20, "your picture", colours), *_flower(70, 92)]
    parts += [_arrow(122, 158, colours)]
    for i, (width, height) in enumerate(((40, 116), (40, 96), (40, 78), (40, 62))):
        x = 164 + i * 50
        parts.append(_box(x, 92, width, height, colours["ice"], colours["edge"]))
        parts.append(f'<g stroke="{colours["edge"]}" stroke-width="2">{_flake(x + 20, 92)}</g>')
    parts.append(_text(259, 20, "backbone · frozen", colours))
    parts.append(
        f'<path d="M372 36V150" stroke="{colours["soft"]}" stroke-width="2" stroke-dasharray="5 5"/>'
    )
    parts.append(_text(372, 168, "the cut", colours, small=True))
    parts.append(_arrow(376, 398, colours))
    parts.append(_box(404, 92, 46, 50, "none", colours["leaf"], 3))
    parts.append(
        f'<path d="M427 106c-14-6-12-24 2-28 4 12 8 22-2 28z" fill="{colours["leaf"]}"/>'
        f'<path d="M427 108V92" stroke="{colours["leaf"]}" stroke-width="2"/>'
    )
    parts.append(_text(427, 20, "head · trained", colours))
    parts.append(_arrow(456, 486, colours))
    for i, (name, share) in enumerate((("tulip", 92), ("rose", 26), ("daisy", 12))):
        y = 62 + i * 30
        colour = colours["bar"] if i == 0 else colours["soft"]
        parts.append(f'<rect x="494" y="{y}" width="{share}" height="14" rx="4" fill="{colour}"/>')
        parts.append(_text(502 + share, y + 11, name, colours, anchor="start"))
    parts.append(_text(560, 20, "the answer", colours))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 180" width="660" height="180" '
        f'font-family="Source Sans Pro, sans-serif">{"".join(parts)}</svg>'
    )


def _text(
    x: int, y: int, words: str, colours: dict[str, str], small: bool = False, anchor: str = "middle"
) -> str:
    ink, size = (colours["soft"], 12) if small else (colours["ink"], 14)
    return f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" fill="{ink}">{words}</text>'


def _box(x: int, middle: int, width: int, height: int, fill: str, edge: str, line: int = 2) -> str:
    y = middle - height / 2
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="7" '
        f'fill="{fill}" stroke="{edge}" stroke-width="{line}"/>'
    )


def _arrow(start: int, end: int, colours: dict[str, str]) -> str:
    return (
        f'<path d="M{start} 92H{end}m-7 -5l7 5l-7 5" fill="none" stroke="{colours["soft"]}" '
        'stroke-width="2" stroke-linecap="round"/>'
    )


def _flake(x: int, y: int) -> str:
    return f'<path d="M{x - 9} {y}h18M{x - 5} {y - 8}l10 16M{x + 5} {y - 8}l-10 16" stroke-linecap="round"/>'


def _flower(x: int, y: int) -> list[str]:
    petals = "".join(
        f'<ellipse cx="{x}" cy="{y - 30}" rx="10" ry="17" fill="#f472b6" '
        f'transform="rotate({turn} {x} {y - 12})"/>'
        for turn in range(0, 360, 60)
    )
    return [
        f'<rect x="{x - 46}" y="{y - 56}" width="92" height="112" rx="8" fill="#dcfce7"/>',
        f'<path d="M{x} {y}v46" stroke="#16a34a" stroke-width="5"/>',
        petals,
        f'<circle cx="{x}" cy="{y - 12}" r="11" fill="#facc15"/>',
    ]
