"""The confusion matrix as a chart: right answers in one colour, mistakes in another; a cell can be clicked.

Both colours stay apart for every common kind of colour blindness, and the numbers stand in the cells.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components.shared.charts import palette
from tlcore.data.task_words import TaskWords
from tlcore.errors import printable
from tlcore.evaluate.report import Score

Cell = tuple[str, str]  # class, answer
MOST_NUMBERED = 25  # classes: with more, numbers no longer fit, and empty cells are left out
ROW, LOW_ROW = 44, 13  # pixels of a row, and of one among many
FULL_COLOUR = 0.25  # of a row: from here on mistakes have the full colour
NAME_LENGTH = 22  # letters of a class's name beside the chart
LEVEL_LENGTH = 30  # letters of all names together that fit in one line on a phone
CellPosition = tuple[int, int]  # row and column


def drawn_cells(test: Score) -> list[CellPosition]:
    """The cells that are drawn, in the order in which the chart counts them."""
    numbers = range(len(test.labels))
    few = len(test.labels) <= MOST_NUMBERED
    return [(i, j) for i in numbers for j in numbers if few or test.confusion[i][j]]


def height(test: Score) -> int:
    """Height of the chart in pixels."""
    return 130 + (ROW if len(test.labels) <= MOST_NUMBERED else LOW_ROW) * len(test.labels)


def spec(test: Score, words: TaskWords) -> dict[str, Any]:
    """One heatmap. Its cells hold column, row, count, colour, percent of the row, and both names."""
    few = len(test.labels) <= MOST_NUMBERED
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
            "formatter": f"class {{@[5]}}<br>answer {{@[6]}}<br>{{@[2]}} {words.many}, {{@[4]}} % of it",
        },
        **_axes(test, few),
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
                "data": _cells(test),
                "selectedMode": "single",
                "label": {"show": few, "formatter": "{@[2]}", "fontSize": 15, "color": ink()},
                "itemStyle": {"borderColor": paper(), "borderWidth": 2 if few else 0},
                "emphasis": {"itemStyle": {"borderColor": ink(), "borderWidth": 1}},
                "select": {"itemStyle": {"borderColor": ink(), "borderWidth": 2}},
            }
        ],
    }


def _axes(test: Score, few: bool) -> dict[str, Any]:
    """Names of the classes below and at the left; below they are turned where they need more room."""
    names = [printable(label, NAME_LENGTH) for label in test.labels]
    axis = {
        "type": "category",
        "data": names,
        "axisTick": {"show": False},
        "axisLine": {"show": False},
        "splitLine": {"show": False},
    }
    size = {"interval": 0, "hideOverlap": False, "fontSize": 12 if few else 9}
    turn = 0 if sum(map(len, names)) <= LEVEL_LENGTH else 35 if few else 90
    return {
        "xAxis": {"axisLabel": {**size, "rotate": turn}, **axis},
        "yAxis": {"inverse": True, "axisLabel": size, **axis},
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


def _cells(test: Score) -> list[dict[str, Any]]:
    # Names from outside: the tooltip escapes what comes from data.
    names = [printable(label, 60) for label in test.labels]
    totals = [max(1, sum(row)) for row in test.confusion]
    cells = []
    for i, j in drawn_cells(test):
        count = test.confusion[i][j]
        share = count / totals[i]
        value = [j, i, count, _colour(share, i == j), round(100 * share, 1), names[i], names[j]]
        # What is selected is told apart by its name, which would be that of the column.
        cells.append({"name": f"{i} {j}", "value": value, **({} if count else {"label": {"show": False}})})
    return cells


def _colour(share: float, right: bool) -> float:
    """Place of a cell on the colour scale; a single mistake among many stays visible."""
    strength = share if right else min(1.0, share / FULL_COLOUR)
    if share and not right:
        strength = max(0.2, strength)
    return round((1 / 3 + strength * 2 / 3) * (1 if right else -1), 3)
