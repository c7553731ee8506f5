"""Letters for what Pillow draws: Streamlit's own type, so that no other font is needed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st
from PIL import ImageFont

from tlcore.errors import printable


@cache
def font(size: int, weight: int = 400) -> ImageFont.FreeTypeFont:
    """Streamlit's own type, which Pillow reads as it lies there."""
    media = Path(st.__file__).parent / "static" / "static" / "media"
    font = ImageFont.truetype(next(media.glob("SourceSansVF-Upright*.woff2")), size)
    font.set_variation_by_axes([weight])
    return font


def drawable(text: str) -> str:
    """The text on one line; "" where the type lacks a letter of it, which would be an empty box."""
    text = printable(text, 300)
    usual, missing = font(24), bytes(font(24).getmask("\U0010ffff"))
    return "" if any(bytes(usual.getmask(one)) == missing for one in set(text) if one.strip()) else text
