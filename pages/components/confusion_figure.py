"""The confusion matrix as a chart: right answers in one colour, mistakes in another, a marker in every cell.

Both colours stay apart for every common kind of colour blindness, and the numbers stand in the cells.
"""

from __future__ import annotations

import html

import plotly.graph_objects as go
import streamlit as st

from pages.components.compare_curves import palette
from tlcore.data.words import Words
from tlcore.errors import printable
from tlcore.evaluate.report import Score

Cell = tuple[str, str]  # what it is, what the model said
READABLE = 25  # classes: with more, numbers and names no longer fit
ROW = 44  # pixels of a row, and of one among many
LOW_ROW = 13
MUCH = 0.25  # of a row
NAME = 22  # letters of a class's name beside the chart
Grid = list[list[float | None]]


def figure(test: Score, words: Words) -> go.Figure:
    """Heatmaps cannot be clicked, so every cell has an invisible marker; `x` and `y` are class numbers."""
    count = len(test.labels)
    shares = [[n / max(1, sum(row)) for n in row] for row in test.confusion]
    drawn = go.Figure([*_heat(shares), _markers(test, shares, words)])
    names = [html.escape(printable(label, NAME)) for label in test.labels]
    axis = {
        "tickvals": list(range(count)),
        "ticktext": names,
        "range": [-0.5, count - 0.5],
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
        "tickfont": {"size": 13 if count <= READABLE else 9},
    }
    drawn.update_xaxes(title="the model said", side="bottom", **axis)
    drawn.update_yaxes(title="it is", **(axis | {"range": [count - 0.5, -0.5]}))
    drawn.update_layout(
        height=150 + (ROW if count <= READABLE else LOW_ROW) * count,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        dragmode=False,
        hovermode="closest",
        # However far from a cell's middle: the nearest marker is always the cell's own.
        hoverdistance=-1,
    )
    return drawn


def _heat(shares: list[list[float]]) -> list[go.Heatmap]:
    """Right answers, and mistakes. Few of these are alarming early: a share of `MUCH` has the full colour."""
    count = len(shares)
    wrongs = [shares[i][j] for i in range(count) for j in range(count) if i != j]
    right: Grid = [[share if i == j else None for j, share in enumerate(row)] for i, row in enumerate(shares)]
    wrong: Grid = [[share if i != j else None for j, share in enumerate(row)] for i, row in enumerate(shares)]
    strongest_wrong = max([MUCH, *wrongs])
    return [
        go.Heatmap(
            z=grid,
            zmin=0,
            zmax=strongest,
            # A single one among thousands is still seen.
            colorscale=[[0, _faint(colour, 0.05)], [0.001, _faint(colour, 0.15)], [1, _faint(colour, 0.7)]],
            showscale=False,
            xgap=2 if count <= READABLE else 1,
            ygap=2 if count <= READABLE else 1,
            hoverinfo="skip",
        )
        for grid, colour, strongest in zip((right, wrong), palette(), (1.0, strongest_wrong), strict=False)
    ]


def _faint(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def _markers(test: Score, shares: list[list[float]], words: Words) -> go.Scatter:
    """A clickable square in every cell, with its count where there is room for it."""
    numbers = range(len(test.labels))
    cells = [(i, j) for i in numbers for j in numbers]
    few = len(test.labels) <= READABLE
    # Plotly draws some HTML in the names that it shows.
    names = [html.escape(printable(label, 60)) for label in test.labels]
    return go.Scatter(
        x=[j for _, j in cells],
        y=[i for i, _ in cells],
        text=[str(test.confusion[i][j] or "") for i, j in cells] if few else None,
        mode="markers+text" if few else "markers",
        marker={"symbol": "square", "size": 34 if few else 9, "opacity": 0},
        textfont={"size": 15, "color": "#111827" if st.context.theme.type != "dark" else "#f9fafb"},
        customdata=[[names[i], names[j], test.confusion[i][j], 100 * shares[i][j]] for i, j in cells],
        selected={"marker": {"opacity": 0.25}},
        unselected={"marker": {"opacity": 0}},
        hovertemplate="is %{customdata[0]}<br>said %{customdata[1]}<br>"
        f"%{{customdata[2]}} {words.many}, %{{customdata[3]:.1f}} % of the row<extra></extra>",
        showlegend=False,
    )
