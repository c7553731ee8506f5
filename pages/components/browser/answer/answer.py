"""Answers of one model or two in large type, beside what was asked (answer.html, .css, .js).

It is a component because Streamlit's headings and bars have one size and one colour. The browser shows every
string as text.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from pages.components.browser.assets import sources

MOST_TEXT = 600  # characters of a text that is shown with its answer

_mount = st.components.v2.component(
    "graft_answer",
    html=sources("browser/answer/answer.html"),
    css=sources("browser/answer/answer.css"),
    js=sources("browser/answer/answer.js"),
)


@dataclass(frozen=True)
class Bar:
    """The chance of one class, 0 to 1, and the same as text."""

    label: str
    chance: float
    text: str
    colour: str
    is_best: bool


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One model's answer.

    Attributes:
        title: its name; "" where it is the only one.
        headline: a class or a verdict, and `chance`, which stands beside it.
        turn: a limit to it, beneath.
        truth: the true class, in words; "" where nobody knows. `is_right`: it is the answer.
        note: the meaning of the verdict.
        bars: in the order of the classes; `rest` is a line below them.
    """

    title: str = ""
    headline: str
    chance: str = ""
    turn: str = ""
    truth: str = ""
    is_right: bool = False
    note: str = ""
    bars: tuple[Bar, ...]
    rest: str = ""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Input as shown beside its answers: the JPEG of a picture, or a text, or nothing.

    `alt` stands for the picture where it cannot be seen, `caption` is below it.
    """

    picture: bytes = b""
    alt: str = ""
    caption: str = ""
    text: str = ""


NOTHING = Asked()


def show_answer(panels: Sequence[Panel], key: str, asked: Asked = NOTHING, is_live: bool = False) -> None:
    """Show the panels side by side, right of a picture or below a text; without panels, what was asked alone.

    Args:
        key: the element has the class `st-key-{key}`.
        is_live: another answer follows at once, as from a webcam.
    """
    encoded = base64.b64encode(asked.picture).decode()
    is_long = len(asked.text) > MOST_TEXT
    _mount(
        key=key,
        data={
            "panels": [asdict(panel) for panel in panels],
            "picture": f"data:image/jpeg;base64,{encoded}" if encoded else "",
            "alt": asked.alt,
            "caption": asked.caption,
            "text": f"{asked.text[:MOST_TEXT].rstrip()} …" if is_long else asked.text,
            "is_live": is_live,
        },
    )
