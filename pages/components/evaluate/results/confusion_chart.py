"""The confusion matrix as a chart: right answers in one colour, mistakes in another; a cell can be clicked.

Both colours stay apart for every common kind of colour blindness, and the numbers stand in the cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.components.shared.charts import palette
from tlcore.errors import printable

Cell = tuple[str, str]  # class, answer
MOST_NUMBERED = 25  # classes: with more, numbers no longer fit, and empty cells are left out
ROW, LOW_ROW = 44, 13  # pixels of a row, and of one among many
FULL_COLOUR = 0.25  # of a row: from here on mistakes have the full colour
NAME_LENGTH = 22  # letters of a class's name beside the chart
LEVEL_LENGTH = 30  # letters of all names together that fit in one line on a phone
CellPosition = tuple[int, int]  # row and column


@dataclass(frozen=True)
class ConfusionCounts:
    """The chart: `counts` of `noun`, such as pictures, by class (rows) and by answer (columns).

    Right answers are on the diagonal. `full_colour`: the share of a row from which on mistakes have the full
    colour.
    """

    classes: Sequence[str]
    answers: Sequence[str]
    counts: Sequence[Sequence[int]]
    noun: str
    full_colour: float = FULL_COLOUR


def chosen_cell(event: Any, counts: ConfusionCounts) -> CellPosition | None:
    """The cell that was clicked, from the chart's event."""
    drawn = drawn_cells(counts)
    chosen = [n for group in event["selection"]["selected"] for n in group["data_indices"] if n < len(drawn)]
    return drawn[chosen[0]] if chosen else None


def drawn_cells(counts: ConfusionCounts) -> list[CellPosition]:
    """The cells that are drawn, in the order in which the chart counts them."""
    numbers = range(len(counts.classes))
    few = len(counts.classes) <= MOST_NUMBERED
    return [(i, j) for i in numbers for j in numbers if few or counts.counts[i][j]]


def height(counts: ConfusionCounts) -> int:
    """Height of the chart in pixels."""
    return 130 + (ROW if len(counts.classes) <= MOST_NUMBERED else LOW_ROW) * len(counts.classes)


def spec(counts: ConfusionCounts) -> dict[str, Any]:
    """One heatmap. Its cells hold column, row, count, colour, percent of the row, and both names."""
    few = len(counts.classes) <= MOST_NUMBERED
    return {
        "animation": False,
        "title": {
            "text": "class ↓   answer →",
            "left": 0,
            "textStyle": {"fontSize": 12, "fontWeight": "normal"},
        },
        "grid": {"left": 8, "right": 8, "top": 32, "bottom": 8, "containLabel": True},
        "tooltip": {
            "confine": True,
            "formatter": f"class {{@[5]}}<br>answer {{@[6]}}<br>{{@[2]}} {counts.noun}, {{@[4]}} % of it",
        },
        **_axes(counts, few),
        "visualMap": {
            "show": False,
            "type": "continuous",
            "dimension": 3,
            "min": -1,
            "max": 1,
            "inRange": {"color": _scale()},
        },
        "series": [
            {
                "type": "heatmap",
                "data": _cells(counts),
                "selectedMode": "single",
                "label": {"show": few, "formatter": "{@[2]}", "fontSize": 15, "color": ink()},
                "itemStyle": {"borderColor": paper(), "borderWidth": 2 if few else 0},
                "emphasis": {"itemStyle": {"borderColor": ink(), "borderWidth": 1}},
                "select": {"itemStyle": {"borderColor": ink(), "borderWidth": 2}},
            }
        ],
    }


def _axes(counts: ConfusionCounts, few: bool) -> dict[str, Any]:
    """Names of the classes below and at the left; below they are turned where they need more room."""
    classes, answers = (
        [printable(name, NAME_LENGTH) for name in names] for names in (counts.classes, counts.answers)
    )
    axis = {
        "type": "category",
        "axisTick": {"show": False},
        "axisLine": {"show": False},
        "splitLine": {"show": False},
    }
    size = {"interval": 0, "hideOverlap": False, "fontSize": 12 if few else 9}
    turn = 0 if sum(map(len, answers)) <= LEVEL_LENGTH else 35 if few else 90
    return {
        "xAxis": {"axisLabel": {**size, "rotate": turn}, "data": answers, **axis},
        "yAxis": {"inverse": True, "axisLabel": size, "data": classes, **axis},
    }


def ink() -> str:
    """Colour of the numbers in the cells."""
    return "#f9fafb" if st.context.theme.type == "dark" else "#111827"


def paper() -> str:
    """Colour between the cells."""
    return "#101617" if st.context.theme.type == "dark" else "#ffffff"


def _scale() -> list[str]:
    """Colours at −1, −⅓, ⅓ and 1: from only mistakes over none to all right."""
    right, wrong = palette()[:2]
    return [_faint(wrong, 0.7), _faint(wrong, 0.06), _faint(right, 0.06), _faint(right, 0.7)]


def _faint(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def _cells(counts: ConfusionCounts) -> list[dict[str, Any]]:
    # Names from outside: the tooltip escapes what comes from data.
    classes, answers = ([printable(name, 60) for name in names] for names in (counts.classes, counts.answers))
    totals = [max(1, sum(row)) for row in counts.counts]
    cells = []
    for i, j in drawn_cells(counts):
        count = counts.counts[i][j]
        share = count / totals[i]
        value = [
            j,
            i,
            count,
            _colour(share, i == j, counts.full_colour),
            round(100 * share, 1),
            classes[i],
            answers[j],
        ]
        # What is selected is told apart by its name, which would be that of the column.
        cells.append({"name": f"{i} {j}", "value": value, **({} if count else {"label": {"show": False}})})
    return cells


def _colour(share: float, right: bool, full: float) -> float:
    """Place of a cell on the colour scale; a single mistake among many stays visible."""
    strength = share if right else min(1.0, share / full)
    if share and not right:
        strength = max(0.2, strength)
    return round((1 / 3 + strength * 2 / 3) * (1 if right else -1), 3)
