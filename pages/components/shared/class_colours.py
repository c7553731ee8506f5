"""The colour of each class, the same wherever a class has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

# On a light page and on a dark one. Each stands out from its page by at least 3 : 1, and the first of them
# stay apart for every common kind of colour blindness.
PAIRS = (
    ("#1450d8", "#4b70e6"),  # blue
    ("#e07512", "#f4ad00"),  # orange
    ("#1f947a", "#0ddfb2"),  # green
    ("#b16dc6", "#d58fc0"),  # orchid
    ("#4f1f87", "#b79dff"),  # violet
    ("#b30502", "#e0440f"),  # red
    ("#0b98ff", "#7fd0ff"),  # sky
    ("#746e00", "#fff04a"),  # yellow
    ("#454b52", "#dfe6e6"),  # ink
    ("#8a5a3c", "#c39a7b"),  # brown
)


def class_colours(classes: Sequence[str]) -> Mapping[str, str]:
    """A colour for each class of a model or data set, by its place; from the eleventh on they come again."""
    dark = st.context.theme.type == "dark"
    return {label: PAIRS[at % len(PAIRS)][dark] for at, label in enumerate(classes)}
