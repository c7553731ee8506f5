"""Charts of several pages: their colours, percent axes, and the number of points that the browser gets."""

from __future__ import annotations

from typing import Any

import streamlit as st

GREY = "#8a9a9b"  # of lines to compare with
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


def percent_axis(name: str, gap: int, lowest: int = 0) -> dict[str, Any]:
    """Axis of an ECharts chart from `lowest` to 100 %, its name `gap` pixels away."""
    return {
        "type": "value",
        "name": name,
        "nameGap": gap,
        "nameLocation": "middle",
        "min": lowest,
        "max": 100,
        "axisLabel": {"formatter": "{value} %"},
    }


def reference_line(points: list[list[float]]) -> dict[str, Any]:
    """Dashed line of an ECharts chart, to compare a curve with."""
    return {
        "type": "line",
        "data": points,
        "silent": True,
        "symbol": "none",
        "lineStyle": {"type": "dashed", "width": 1, "color": GREY},
        "tooltip": {"show": False},
    }
