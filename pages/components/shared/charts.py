"""What the charts of several pages share: their colours, and a limit on the points of a curve."""

from __future__ import annotations

import streamlit as st

MOST_POINTS = 400  # of one curve; more only slow the browser down


def palette() -> list[str]:
    """The theme's colours for charts."""
    theme = "dark" if st.context.theme.type == "dark" else "light"
    return list(st.get_option(f"theme.{theme}.chartCategoricalColors"))


def thin_points(points: list[list[float | None]]) -> list[list[float | None]]:
    """At most `MOST_POINTS` of the points, evenly spaced, with the last one."""
    if len(points) <= MOST_POINTS:
        return points
    step = len(points) / MOST_POINTS
    return [points[int(i * step)] for i in range(MOST_POINTS - 1)] + points[-1:]
