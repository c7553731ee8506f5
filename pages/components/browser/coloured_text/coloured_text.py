"""A text whose pieces are coloured by their effect on a class's confidence (coloured.html, .css, .js).

It is a component because Markdown has no shades; the browser shows every string as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.components.browser.assets import sources

FAINT = 0.05  # of the largest change: less is not coloured

_mount = st.components.v2.component(
    "graft_coloured",
    html=sources("browser/coloured_text/coloured.html"),
    css=sources("browser/coloured_text/coloured.css"),
    js=sources("browser/coloured_text/coloured.js"),
)


def show_coloured_text(pieces: Sequence[dict[str, Any]], rest: str, key: str) -> None:
    """Show the pieces in order, then the `rest` of the text without colour.

    Args:
        pieces: each with `text` and `change`, −1 to 1: the drop of the confidence without the piece.
        key: the element has the class `st-key-{key}`.
    """
    _mount(key=key, data={"pieces": strengths(pieces), "rest": rest})


def strengths(pieces: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each piece's `text` and `strength`, −1 to 1: its change over the largest one; 0 if too small."""
    largest = max((abs(piece["change"]) for piece in pieces), default=0.0)
    shares = [piece["change"] / largest if largest else 0.0 for piece in pieces]
    return [
        {"text": piece["text"], "strength": round(share, 3) if abs(share) >= FAINT else 0}
        for piece, share in zip(pieces, shares, strict=True)
    ]
