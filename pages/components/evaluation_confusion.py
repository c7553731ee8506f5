"""Evaluate, what was taken for what: the confusion matrix, whose every cell opens its examples."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

import plotly.graph_objects as go
import streamlit as st

from pages.components.evaluation_facts import examples, report_of
from pages.components.tasks import words_of
from pages.components.words import percent
from tlcore.data.words import Words
from tlcore.evaluate.report import Score
from tlcore.runs.run import Run

Cell = tuple[str, str]  # what it is, what the model said
Opened = Callable[[Sequence[tuple[str, str]], str], None]


def show(run: Run) -> None:
    """The matrix of the held-out examples, and those of the chosen cell."""
    matrix(report_of(run).test, words_of(run), lambda shown, key: examples(run, shown, key), run.id)


def matrix(test: Score, words: Words, opened: Opened, key: str) -> None:
    """The matrix of a score, and the examples of the chosen cell.

    Args:
        opened: draws (sha256, caption) pairs; its second argument is a key.
        key: names this matrix on its page.
    """
    st.caption(
        f"Rows: what the {words.one} is. Columns: what the model said. Choose a cell to see its {words.many}."
    )
    event = st.plotly_chart(
        confusion_figure(test, words),
        key=f"confusion_{key}",
        on_select="rerun",
        selection_mode="points",
        config={"displayModeBar": False},
    )
    cells = _cells(test)
    points = event["selection"]["points"]
    clicked = (points[0]["y"], points[0]["x"]) if points else None
    index = list(cells).index(clicked) if clicked in cells else None
    chosen = st.selectbox(
        f"{words.many.capitalize()} behind",
        list(cells),
        index=index if index is not None else (0 if cells else None),
        format_func=lambda cell: _cell_name(cell, cells[cell]),
        key=f"cell_{key}_{clicked}",
    )
    if chosen:
        behind = test.behind(*chosen)
        shown = [(p.sha256, f"{p.predicted} · {percent(p.confidence, 0)}") for p in behind]
        opened(shown, f"behind_{key}_{chosen}")


def _cells(test: Score) -> dict[Cell, int]:
    """Non-empty cells, the mistakes first, the most frequent first."""
    found = {
        (label, predicted): test.confusion[i][j]
        for i, label in enumerate(test.labels)
        for j, predicted in enumerate(test.labels)
        if test.confusion[i][j]
    }
    return dict(sorted(found.items(), key=lambda item: (item[0][0] == item[0][1], -item[1])))


def _cell_name(cell: Cell, count: int) -> str:
    label, predicted = cell
    if label == predicted:
        return f"{label}, rightly recognised ({count})"
    return f"{label}, taken for {predicted} ({count})"


def confusion_figure(test: Score, words: Words) -> go.Figure:
    """A heatmap with a clickable marker in every cell (heatmap cells themselves cannot be selected)."""
    labels = list(test.labels)
    counts = [list(row) for row in test.confusion]
    shares = [[count / max(1, sum(row)) for count in row] for row in counts]
    heat = go.Heatmap(
        z=shares,
        x=labels,
        y=labels,
        colorscale=[[0, "rgba(13,148,136,0.04)"], [1, "rgba(13,148,136,0.75)"]],
        zmin=0,
        zmax=1,
        showscale=False,
        xgap=2,
        ygap=2,
        hoverinfo="skip",
    )
    figure = go.Figure([heat, _markers(labels, counts, words)])
    side = 150 + 44 * len(labels)
    figure.update_layout(height=min(900, side), margin={"l": 0, "r": 0, "t": 8, "b": 0}, dragmode=False)
    names = {"tickvals": labels, "ticktext": [html.escape(label) for label in labels]}
    figure.update_xaxes(title="the model said", type="category", side="bottom", showgrid=False, **names)
    figure.update_yaxes(title="it is", type="category", autorange="reversed", showgrid=False, **names)
    return figure


def _markers(labels: list[str], counts: list[list[int]], words: Words) -> go.Scatter:
    """A clickable square with its count in every cell."""
    flat = [count for row in counts for count in row]
    return go.Scatter(
        x=[predicted for _ in labels for predicted in labels],
        y=[label for label in labels for _ in labels],
        text=[str(count) if count else "" for count in flat],
        mode="markers+text",
        marker={"symbol": "square", "size": 34, "opacity": 0},
        textfont={"size": 15, "color": "#111827" if st.context.theme.type != "dark" else "#f9fafb"},
        # Plotly draws some HTML in the names that it shows.
        customdata=[
            [html.escape(label), html.escape(predicted), counts[i][j]]
            for i, label in enumerate(labels)
            for j, predicted in enumerate(labels)
        ],
        selected={"marker": {"opacity": 0.25}},
        unselected={"marker": {"opacity": 0}},
        hovertemplate="is %{customdata[0]}<br>said %{customdata[1]}<br>"
        f"%{{customdata[2]}} {words.many}<extra></extra>",
        showlegend=False,
    )
